#!/usr/bin/env node
import { createRequire as __cr } from "node:module"; const require = __cr(import.meta.url);
import{CLIENT_VERSION}from"./chunks/chunk-LUCV4E3F.js";import{EXIT}from"./chunks/chunk-SPSCSSKS.js";import{__name}from"./chunks/chunk-BPQC4MAU.js";var commands={demo:{does:"the main job on the embedded engine, in a minute, without a GPU",load:__name(async()=>(await import("./chunks/demo-K7FMMRAV.js")).demo,"load")},run:{does:"start the server(s), drive the workloads, write results",load:__name(async()=>(await import("./chunks/run-KYPTUEOG.js")).run,"load")},compare:{does:"gate a candidate's results against a baseline, offline",load:__name(async()=>(await import("./chunks/compare-VM5CIB75.js")).compare,"load")},report:{does:"render results as a pull-request comment or a serving log",load:__name(async()=>(await import("./chunks/report-XVQL4Y7S.js")).report,"load")},baseline:{does:"the stored runs: list, add, prune, and calibrate what the gate can see",load:__name(async()=>(await import("./chunks/baseline-TY7FWDPP.js")).baseline,"load")},validate:{does:"check a config; print the plan and how long it takes",load:__name(async()=>(await import("./chunks/validate-OS4ZPRPE.js")).validate,"load")},serve:{does:"the embedded engine as a server",load:__name(async()=>(await import("./chunks/serve-VVI5SBNL.js")).serve,"load")}},help=`serving-gate COMMAND [flags]

Stops pull requests that make an LLM inference server slower.

${Object.entries(commands).map(([name,{does}])=>`  ${name.padEnd(10)}${does}`).join(`
`)}

Every command has --help. Exit codes: 0 pass, 1 regression, 2 the job could not be done.
`;async function main(argv){let[name,...rest]=argv;if(name===void 0||name==="--help"||name==="-h"||name==="help")return process.stdout.write(help),name===void 0?EXIT.unable:EXIT.ok;if(name==="--version")return process.stdout.write(`${CLIENT_VERSION}
`),EXIT.ok;let command=Object.hasOwn(commands,name)?commands[name]:void 0;if(command===void 0)return process.stderr.write(`serving-gate: "${name.slice(0,60)}" is not a command; expected one of ${Object.keys(commands).join(", ")}
`),EXIT.unable;let{guarded}=await import("./chunks/guarded-BGPZAATZ.js");return guarded(async()=>(await command.load())(rest))}__name(main,"main");process.stderr.on("error",()=>{});process.stdout.on("error",()=>process.exit(EXIT.unable));process.exitCode=await main(process.argv.slice(2));
