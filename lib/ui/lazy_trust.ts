/**
 * A script of its own, loaded once the chat is drawn: which devices people were
 * met with, which certificates are revoked, and the dialog in which two people
 * compare their number.
 * @module
 */
import type { Clock } from "../clock.ts";
import { type DeviceNews, isLoud } from "../mesh/known_devices.ts";
import type { Keys } from "../mesh/keys.ts";
import { safetyNumber } from "../mesh/safety_number.ts";
import { comparisonDialog } from "./comparison.ts";
import { FoundDevices } from "./found_devices.ts";
import { IdbKnownDevices } from "./idb_known_devices.ts";
import { RefusedLinks } from "./refused_links.ts";
import type { Language } from "./site_words.ts";
import type {
  Comparison,
  FoundDevice,
  ShownTrust,
  TrustBook,
} from "./trust.ts";
import { type TrustWords, trustWords } from "./trust_words.ts";

export { RevocationList } from "../mesh/revocation_list.ts";

interface TrustOptions {
  user: string;
  language: Language;
  keys: Pick<Keys, "sha256">;
  clock: Clock;
}

/** Shows at once what was compared, and what nobody has put away yet. */
export async function openTrust(
  shown: ShownTrust,
  { user, language, keys, clock }: TrustOptions,
): Promise<TrustBook> {
  const store = new IdbKnownDevices(user);
  const words = trustWords[language];
  const refused = new RefusedLinks(shown.refused);
  const found = new FoundDevices(shown.found, words.more);
  const readCompared = async () => {
    shown.compared.value = await store.compared().catch(() => []);
  };
  await readCompared();
  const left = await store.news().catch((): DeviceNews[] => []);
  for (const news of left) found.add(worded(news, words));
  return {
    async tell(change): Promise<void> {
      if (change.type === "link-refused") return refused.add(change);
      const { user: owner, userSince, device: key } = change;
      const device = { user: owner, userSince, key };
      const news = await store.meet(device, clock.now())
        .catch(() => undefined);
      if (news !== undefined) found.add(worded(news, words));
    },
    async dismiss(what): Promise<void> {
      if (what === "refused") return refused.dismiss();
      const dismissed = found.dismiss();
      if (!dismissed?.loud) return;
      await store.putAway(dismissed).catch(() => {});
    },
    async compare({ user: owner, device, own }: Comparison): Promise<void> {
      await readCompared();
      const isCompared = shown.compared.value.includes(device);
      const said = await comparisonDialog({
        user: owner,
        digits: await safetyNumber(own, device, keys),
        ...{ words, isCompared },
      });
      if (said === isCompared) return;
      await store.mark(owner, device, said).catch(() => {});
      await readCompared();
    },
  };
}

function worded(news: DeviceNews, words: TrustWords): FoundDevice {
  const { user, kind, compared } = news;
  const { sentence, next, nextCompared } = words[kind];
  return {
    ...{ user, kind, loud: isLoud(news), sentence: sentence(user) },
    next: compared ? nextCompared : next,
  };
}
