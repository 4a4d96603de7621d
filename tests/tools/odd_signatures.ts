/**
 * Signatures on which Ed25519 libraries disagree, made here by arithmetic on
 * the curve: keys and commitments with a part of small order, second encodings,
 * S above the group's order (Chalkias, Garillot, Nikolaenko: Taming the many
 * EdDSAs, 2020, has the list of kinds).
 * @module
 */
import { createHash } from "node:crypto";
import { Point } from "@noble/ed25519";

const GROUP_ORDER = Point.CURVE().n;
const FIELD_PRIME = Point.CURVE().p;
const SECRET = 0x1234567890abcdef1234567890abcdefn;
const COMMITMENT = 0xfedcba0987654321fedcba0987654321n;
/** Seven in eight messages are enough to meet either case. */
const TRIES_MAX = 1_000;

export interface OddSignature {
  what: string;
  key: Uint8Array<ArrayBuffer>;
  message: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
  holds: boolean;
}

/** A point of order 8: adding it to itself gives all points of small order. */
const TORSION = Point.fromBytes(Uint8Array.fromHex(
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
));

function torsion(times: number): Point {
  return TORSION.multiply(BigInt(times), false);
}

/** A number in 32 bytes, the lowest first. */
function bytesOf(number: bigint): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(number.toString(16).padStart(64, "0")).reverse();
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Uint8Array.from(bytes).reverse().toHex()}`);
}

/** How a signature is to be made; the odd parts are points of small order. */
interface Making {
  a?: bigint;
  r?: bigint;
  oddA?: Point;
  oddR?: Point;
  /** Other bytes for the same points. */
  encodingOfA?: Uint8Array;
  encodingOfR?: Uint8Array;
  /** Whether kA's odd part is to cancel R's: what decides without cofactor. */
  cancels?: boolean;
}

function make(making: Making): Omit<OddSignature, "what" | "holds"> {
  const { a = SECRET, r = COMMITMENT, cancels } = making;
  const [oddA, oddR] = [making.oddA ?? Point.ZERO, making.oddR ?? Point.ZERO];
  const times = (n: bigint) => Point.BASE.multiply(n, false);
  const key = Uint8Array.from(
    making.encodingOfA ?? times(a).add(oddA).toBytes(),
  );
  const bytesOfR = making.encodingOfR ?? times(r).add(oddR).toBytes();
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const message = new TextEncoder().encode(`message ${tries}`);
    const hash = createHash("sha512").update(bytesOfR).update(key)
      .update(message).digest();
    const k = numberOf(hash) % GROUP_ORDER;
    const rest = oddR.add(oddA.multiply(k % 8n, false));
    if (cancels !== undefined && rest.is0() !== cancels) continue;
    const signature = new Uint8Array(64);
    signature.set(bytesOfR);
    signature.set(bytesOf((r + k * a) % GROUP_ORDER), 32);
    return { key, message, signature };
  }
  throw new Error("Cannot find a message that makes this kind of signature");
}

/** `signature` with S raised by the order: the same point, another text. */
function raised({ signature, ...rest }: ReturnType<typeof make>) {
  const s = numberOf(signature.subarray(32)) + GROUP_ORDER;
  const other = Uint8Array.from(signature);
  other.set(bytesOf(s), 32);
  return { ...rest, signature: other };
}

/** The second encodings of small numbers, both signs of x. */
function secondEncodings(): Uint8Array[] {
  return Array.from({ length: 38 }, (_, at) => {
    const sign = at % 2 === 0 ? 0n : 1n << 255n;
    return bytesOf(FIELD_PRIME + BigInt(at >> 1) + sign);
  });
}

/** Every kind, with what a strict verifier without cofactor says of it. */
export function oddSignatures(): OddSignature[] {
  const [yes, no] = [{ holds: true }, { holds: false }];
  const eighths = [1, 2, 3, 4, 5, 6, 7].map((n) => [n, torsion(n)] as const);
  return [
    { what: "nothing odd", ...make({}), ...yes },
    { what: "S of zero", ...make({ a: 0n, r: 0n }), ...no },
    { what: "S raised by the order", ...raised(make({})), ...no },
    { what: "R of zero", ...make({ r: 0n }), ...no },
    { what: "key of zero", ...make({ a: 0n }), ...no },
    ...eighths.flatMap(([n, odd]) => [
      { what: `small key ${n}/8`, ...make({ a: 0n, oddA: odd }), ...no },
      {
        what: `small key ${n}/8, cancelled`,
        ...make({ a: 0n, oddA: odd, cancels: true }),
        ...no,
      },
      { what: `small R ${n}/8`, ...make({ r: 0n, oddR: odd }), ...no },
      {
        what: `mixed key ${n}/8, cancelled`,
        ...make({ oddA: odd, cancels: true }),
        ...yes,
      },
      {
        what: `mixed key ${n}/8, for cofactors only`,
        ...make({ oddA: odd, cancels: false }),
        ...no,
      },
      {
        what: `mixed R ${n}/8, for cofactors only`,
        ...make({ oddR: odd }),
        ...no,
      },
    ]),
    {
      what: "mixed key and R that cancel",
      ...make({ oddA: torsion(1), oddR: torsion(3), cancels: true }),
      ...yes,
    },
    ...secondEncodings().flatMap((encoding, at) => [
      {
        what: `second encoding ${at} of a key`,
        ...make({ a: 0n, encodingOfA: encoding }),
        ...no,
      },
      {
        what: `second encoding ${at} of R`,
        ...make({ r: 0n, encodingOfR: encoding }),
        ...no,
      },
    ]),
  ];
}
