import { MemoryFileStore } from "../../lib/mesh/file_store.ts";
import { testFileStore } from "../conformance/file_store.ts";

testFileStore({
  name: "MemoryFileStore",
  open: () => new MemoryFileStore(),
  openFull: () => new MemoryFileStore({ bytesMax: 100 }),
});
