import { describeCheck } from "#test/checks/describeCheck";
import { check } from "./check.ts";

describeCheck(check, import.meta.dirname);
