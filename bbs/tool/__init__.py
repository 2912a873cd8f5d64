"""The operator's command, `bbs`. Each part adds its commands to the group it is given."""
