/**
 * A script of its own for pages without WebCrypto: the chat's script loads it
 * from the address that the page names.
 * @module
 */
export { ScriptKeys } from "../mesh/script_keys.ts";
