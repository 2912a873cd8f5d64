"""Settings: one TOML file and the environment, with the same names (`port` in the file is `BBS_PORT`).

A relative path is relative to the settings file, so that a file names the same forum wherever a command is run; one
that stands in the environment is relative to the working folder.
"""

import os
import re
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bbs import zones
from bbs.errors import BBSError

PREFIX = "BBS_"
DEFAULT_FILE = "staffroom.toml"
PATHS = {"data_dir", "backup_dir"}
RELATIVE_DATABASE = re.compile(r"^(sqlite(?:\+\w+)?:///)(?!/|:memory:)([^?]+)")


def _default_data_dir() -> Path:
    return _beside(config_file(), "data")


class Settings(BaseSettings):
    """Every setting with its default. A description is what `bbs config` and docs/settings.md say of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    name: str = Field("Staffroom", min_length=1, max_length=30, description="what the forum calls itself")
    data_dir: Path = Field(
        default_factory=_default_data_dir, description="folder for the database, the host key and backups"
    )
    database_url: str = Field("", description="SQLAlchemy address; empty means SQLite in the data folder")
    backup_dir: Path | None = Field(None, description="folder for backups; by default 'backups' in the data folder")
    backup_daily: int = Field(
        7, ge=0, le=366, description="days of which the last backup is kept; the server makes one a day"
    )
    backup_weekly: int = Field(
        4, ge=0, le=520, description="weeks of which the last backup is kept; 0 days and 0 weeks: none is made"
    )
    host: str = Field("", description="address to listen on; empty means all")
    port: int = Field(2222, ge=0, le=65_535, description="port to listen on")
    registration: Literal["invite", "approve", "open"] = Field(
        "invite", description="who may join: with a code, after a moderator's yes, or anybody"
    )
    invitations: Literal["nobody", "moderators", "members"] = Field(
        "moderators", description="who can make invitation codes inside the forum"
    )
    staff_keys_only: bool = Field(
        default=False, description="moderators and operators sign in with a key, and never with a password"
    )
    new_member_days: int = Field(1, ge=0, le=365, description="days for which whoever signed up is new; 0: never")
    new_member_threads: int = Field(3, ge=0, description="threads that a new member can begin in a day")
    new_member_replies: int = Field(10, ge=0, description="replies that a new member can write in a day")
    new_member_links: int = Field(2, ge=0, description="links in a post of a new member")
    new_member_mentions: int = Field(2, ge=0, description="members whom a post of a new member can call by name")
    new_member_seconds: int = Field(30, ge=0, le=3600, description="seconds between two posts of a new member")
    hold_first_post: bool = Field(
        default=False, description="a moderator looks at the first post of whoever signed up before others read it"
    )
    zone: str = Field("Europe/London", description="time zone of the group")
    max_sessions: int = Field(500, ge=1, description="members connected at once")
    max_sessions_per_member: int = Field(10, ge=1, description="sessions of one member at once")
    max_connections: int = Field(1000, ge=1, description="connections at once, signed in or not")
    max_per_address: int = Field(50, ge=1, description="connections at once from one address")
    max_unproved: int = Field(100, ge=1, description="connections at once that have not signed in yet")
    max_unproved_per_address: int = Field(10, ge=1, description="the same from one address")
    connection_rate: int = Field(120, ge=1, description="new connections a minute from one address")
    max_penalty: int = Field(
        600, ge=0, description="seconds for which an address is shut out that only fails; 0 for never"
    )
    max_visitors: int = Field(20, ge=1, description="people who sign up at once")
    max_visitors_per_address: int = Field(5, ge=1, description="the same from one address")
    login_grace: int = Field(30, ge=1, description="seconds to sign in")
    visitor_idle: int = Field(5, ge=0, description="minutes without a key after which signing up ends; 0 for never")
    member_idle: int = Field(480, ge=0, description="minutes without a key after which a session ends; 0 for never")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level logged")

    @field_validator("backup_dir", mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any) -> Any:
        return None if value == "" else value

    @field_validator("data_dir", "backup_dir")
    @classmethod
    def _at_home(cls, value: Path | None) -> Path | None:
        """A shell leaves '~' as it is in quotes, and so does a service manager."""
        return value and value.expanduser()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            kind = make_url(value).get_backend_name() if value else ""
        except ArgumentError:
            kind = "none"
        if kind not in {"", "sqlite", "postgresql", "postgres"}:
            raise ValueError(
                "is no address such as postgresql://forum:secret@localhost/forum or sqlite:////srv/forum.db"
            )
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zones.names():
            raise ValueError("is not a time zone such as Europe/London")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file. (`dotenv` and secrets files are not read.)"""
        path = config_file()
        file = _File(settings_cls, path) if path else InitSettingsSource(settings_cls, {})
        return init_settings, env_settings, file

    @property
    def url(self) -> str:
        """The SQLAlchemy address in force."""
        return self.database_url or f"sqlite:///{_in_address(self.data_dir)}/staffroom.db"

    @property
    def host_key(self) -> Path:
        return self.data_dir / "host_key"

    @property
    def backups(self) -> Path:
        """The folder for backups."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def home_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class _File(TomlConfigSettingsSource):
    """The settings file, with its relative paths made those of its folder."""

    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        return tomllib.loads(
            file_path.read_bytes().decode("utf-8-sig")
        )  # some editors put a mark before the first line

    def __call__(self) -> dict[str, Any]:
        values = super().__call__()
        for name in PATHS & values.keys():
            if isinstance(values[name], str) and values[name]:
                values[name] = _beside(config_file(), values[name])
        if isinstance(address := values.get("database_url"), str):
            values["database_url"] = RELATIVE_DATABASE.sub(
                lambda found: f"{found[1]}{_in_address(_beside(config_file(), unquote(found[2])))}", address
            )
        return values


def _beside(file: Path | None, path: str) -> Path:
    named = Path(path).expanduser()
    return file.parent / named if file else named


def _in_address(path: Path) -> str:
    """A path as it stands in an SQLAlchemy address."""
    return quote(str(path.resolve()), safe="/ ")


class BadSettings(BBSError):
    """A setting that stops the start, in one line."""


def config_file() -> Path | None:
    """The TOML file in use: `BBS_CONFIG`, or staffroom.toml in the working folder if there is one."""
    named = os.environ.get("BBS_CONFIG")
    path = Path(named or DEFAULT_FILE)
    if path.is_file():
        return path
    if named:
        raise BadSettings(f"BBS_CONFIG names {path}, and there is no such file.")
    return None


def load_settings() -> Settings:
    """The settings in force. Raises BadSettings with one line that names the setting and its source."""
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX)
        and name != "BBS_CONFIG"
        and name.removeprefix(PREFIX).lower() not in Settings.model_fields
    )
    if unknown:
        raise BadSettings(f"{unknown[0]} is not a setting; 'bbs config' lists them.")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            raise BadSettings(f"{name} in {config_file()} is not a setting; 'bbs config' lists them.") from None
        where = f"{PREFIX}{name.upper()}" if f"{PREFIX}{name.upper()}" in os.environ else f"{name} in {config_file()}"
        said = first["msg"].removeprefix("Value error, ")
        if name == "database_url":  # it may hold a password
            raise BadSettings(f"{where} {said}.") from None
        raise BadSettings(f"{where} is {first['input']!r}: {said[0].lower()}{said[1:]}.") from None
    except (ValueError, OSError) as error:
        raise BadSettings(f"{config_file()} cannot be read: {error}.") from None


def source_of(settings: Settings, name: str) -> str:
    """Where a setting's value comes from: 'BBS_PORT', the file's name, or 'default'."""
    if f"{PREFIX}{name.upper()}" in os.environ:
        return f"{PREFIX}{name.upper()}"
    return str(config_file()) if name in settings.model_fields_set else "default"
