// Before anything else: a library that took its own copy of `fetch` earlier would go past the agent.
import "./src/countersign";
import { registerRootComponent } from "expo";
import { App } from "./src/App";

registerRootComponent(App);
