/** Where a peer has its key and certificate from, and whom it asks about others'. @module */
import type { Certificate } from "../wire/identity.ts";

/** What an identity client is to a peer. */
export interface IdentitySource {
  start(): void;
  stop(): void;
  /** Whether the server certified this at any time. */
  isGenuine(certificate: Certificate): Promise<boolean>;
  /** Whether its holder may come in now. */
  isCurrent(certificate: Certificate): Promise<boolean>;
  /** Whether the server has taken it back, as far as was told. */
  isRevoked(certificate: Certificate): boolean;
  /** The server has revoked certificates, the last under this number. */
  toldOfRevocation(number: number): void;
  /** The server's time, as far as it was told. */
  now(): number;
}

/** Whose key: this profile's, or one that this page alone will ever know. */
export type IdentityKind = "kept" | "passing";
