/** Entry point; the program is built up in the files beside it. */
export const placeholder = 0;
