import { describeClass } from "#test/autostart/describeClass";
import { autostartClass } from "./class.ts";

describeClass(autostartClass, import.meta.dirname);
