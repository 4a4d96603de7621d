import { MemoryKeyStore } from "../../lib/mesh/key_store.ts";
import { testKeyStore } from "../conformance/key_store.ts";

let store = new MemoryKeyStore();

testKeyStore({
  name: "MemoryKeyStore",
  open: () => store = new MemoryKeyStore(),
  reopen: () => store,
});
