import { MemoryStore } from "../../lib/mesh/store.ts";
import { testStore } from "../conformance/store.ts";

testStore({ name: "MemoryStore", open: () => new MemoryStore() });
