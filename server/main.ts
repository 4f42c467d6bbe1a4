import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { LanguageService } from "./languageService.ts";

void new LanguageService(createConnection(ProposedFeatures.all, process.stdin, process.stdout));
