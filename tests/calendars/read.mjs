// Reads a calendar file with one library and prints [uid, begin, end] of each meeting, in milliseconds since 1970.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [library, folder, path] = process.argv.slice(2);
const load = createRequire(`${folder}/`);
const text = readFileSync(path, "utf8");
const found = [];

if (library === "ical.js") {
  const loaded = load("ical.js");
  const ICAL = loaded.default ?? loaded;
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  for (const part of calendar.getAllSubcomponents("vevent")) {
    const event = new ICAL.Event(part);
    found.push([event.uid, event.startDate.toUnixTime() * 1000, event.endDate.toUnixTime() * 1000]);
  }
} else {
  const loaded = load("node-ical");
  for (const event of Object.values((loaded.default ?? loaded).sync.parseICS(text))) {
    if (event.type === "VEVENT") found.push([event.uid, event.start.getTime(), event.end.getTime()]);
  }
}
console.log(JSON.stringify(found));
