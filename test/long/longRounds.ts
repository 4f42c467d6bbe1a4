/* Imported before the races, which read it when they are defined. */
process.env["COUNTERMINE_LONG_TESTS"] = "1";
