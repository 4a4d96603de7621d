/**
 * The passwords that people choose most, as counted in those that were stolen
 * elsewhere: what every guesser begins with. Loaded when somebody chooses one,
 * for it takes a moment, and nothing else needs it.
 * @module
 */

let loaded: Promise<ReadonlySet<string>> | undefined;

/** Whether the password is one of them, in whichever case. */
export async function isCommonPassword(password: string): Promise<boolean> {
  loaded ??= load();
  return (await loaded).has(password.toLowerCase());
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"]);
}
