import { checkEveryState } from "../harness/every_state.mjs";

checkEveryState("ar");
