import { SecretKeys } from "../../lib/cli/secret_keys.ts";
import { testKeys } from "../conformance/keys.ts";

testKeys("SecretKeys", new SecretKeys());
