/**
 * A script of its own, loaded once the chat is drawn: which devices people were
 * met with, and the dialog in which two people compare their number.
 * @module
 */
import type { Clock } from "../clock.ts";
import { type DeviceNews, isLoud } from "../mesh/known_devices.ts";
import type { DeviceKey } from "../wire/device_key.ts";
import { comparisonDialog } from "./comparison.ts";
import { IdbKnownDevices } from "./idb_known_devices.ts";
import type { Language } from "./site_words.ts";
import type { Comparison, FoundDevice, MetDevice, TrustBook } from "./trust.ts";
import { trustWords } from "./trust_words.ts";

interface TrustOptions {
  user: string;
  language: Language;
  clock: Clock;
}

export function openTrust(
  { user, language, clock }: TrustOptions,
): TrustBook {
  const store = new IdbKnownDevices(user);
  const words = trustWords[language];
  const compared = () => store.compared().catch((): DeviceKey[] => []);
  const worded = (news: DeviceNews): FoundDevice => {
    const { user, key: device, compared } = news;
    const { sentence, next, nextCompared } = words[news.kind];
    return {
      ...{ user, device, loud: isLoud(news), sentence: sentence(user) },
      next: compared ? nextCompared : next,
    };
  };
  return {
    compared,
    async left(): Promise<FoundDevice[]> {
      const news = await store.news().catch((): DeviceNews[] => []);
      return news.map(worded);
    },
    async meet(met: MetDevice): Promise<FoundDevice | undefined> {
      const { user: owner, userSince, device: key } = met;
      const device = { user: owner, userSince, key };
      const news = await store.meet(device, clock.now())
        .catch(() => undefined);
      return news && worded(news);
    },
    putAway: ({ user: owner, device }) =>
      store.putAway(owner, device).catch(() => {}),
    async compare(comparison: Comparison): Promise<DeviceKey[]> {
      const { user: owner, device } = comparison;
      const known = await compared();
      const isCompared = known.includes(device);
      const said = await comparisonDialog(comparison, { words, isCompared });
      if (said === isCompared) return known;
      await store.mark(owner, device, said).catch(() => {});
      return await compared();
    },
  };
}
