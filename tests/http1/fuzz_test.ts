/**
 * Heads and bodies together, as they come on a connection: any bytes in any
 * split give the same requests or the same refusal, and what is passed on means
 * the same to a strict reader.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BodyDecoder } from "../../lib/http1/body_decoder.ts";
import { ByteWriter } from "../../lib/http1/byte_writer.ts";
import { Http1Error } from "../../lib/http1/http1_error.ts";
import { RequestHead } from "../../lib/http1/request_head.ts";
import { HeaderPlan } from "../../lib/proxy/header_plan.ts";
import { writeRequestHead } from "../../lib/proxy/heads.ts";
import { bytesOf, cutAt, textOf } from "./bytes_of.ts";
import { hostileText } from "./hostile_bytes.ts";
import { readRequests } from "./strict_reader.ts";

/** One request as the core has read it. */
interface Read {
  method: string;
  target: string;
  host: string;
  body: string;
  whole: boolean;
}

interface Outcome {
  requests: Read[];
  /** The status of the refusal, or 0. */
  refused: number;
  /** What a backend would be sent. */
  passedOn: string;
}

/** A connection's bytes through the core, without any socket. */
class Connection {
  readonly requests: Read[] = [];
  readonly out = new ByteWriter();
  readonly #head = new RequestHead();
  readonly #body = new BodyDecoder();
  readonly #buffer = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;

  take(piece: Uint8Array): void {
    this.#buffer.set(piece, this.#end);
    this.#end += piece.length;
    while (this.#start < this.#end && this.#step());
  }

  /** False where more bytes are needed. */
  #step(): boolean {
    const body = this.#body;
    if (body.done) return this.#takeHead();
    this.#takeBody();
    return body.done;
  }

  #takeHead(): boolean {
    const head = this.#head;
    const next = head.read(this.#buffer, this.#start, this.#end);
    if (next === -1) return false;
    this.#start = next;
    const { method, target, host, framing } = head;
    const whole = framing.kind === "none";
    this.requests.push({ method, target, host, body: "", whole });
    writeRequestHead(this.out, head, {
      target,
      peer: "192.0.2.1",
      clientAddress: "192.0.2.1",
      scheme: "http",
      trusted: false,
      loopback: false,
      plan: new HeaderPlan([]),
      newRequestId: () => "id",
      requestId: "",
    });
    this.#body.start(framing);
    return true;
  }

  #takeBody(): void {
    const body = this.#body;
    const bytes = this.#buffer;
    this.#start = body.decode(bytes, this.#start, this.#end);
    const { dataStart, dataEnd } = body;
    const last = this.requests.at(-1)!;
    last.body += textOf(bytes.subarray(dataStart, dataEnd));
    last.whole = body.done;
    if (this.#head.framing.kind === "chunked") {
      this.out.chunk(bytes, dataStart, dataEnd);
      if (body.done) this.out.lastChunk(body.trailers);
    } else this.out.copy(bytes, dataStart, dataEnd);
  }
}

function outcomeOf(pieces: Uint8Array[]): Outcome {
  const connection = new Connection();
  let refused = 0;
  try {
    for (const piece of pieces) connection.take(piece);
  } catch (error) {
    if (!(error instanceof Http1Error)) throw error;
    refused = error.status;
  }
  const { requests } = connection;
  return { requests, refused, passedOn: textOf(connection.out.view()) };
}

const cuts = fc.array(fc.nat(300), { maxLength: 12 });

Deno.test("any bytes in any split give the same requests, or the same refusal", () => {
  fc.assert(
    fc.property(hostileText, cuts, (text, cuts) => {
      const bytes = bytesOf(text);
      const whole = outcomeOf([bytes]);
      const split = outcomeOf(cutAt(bytes, cuts));
      // What is refused within a body may have been read up to there or not.
      const settled = ({ requests }: Outcome) =>
        requests.filter(({ whole }) => whole);
      assert.deepEqual(settled(split), settled(whole));
      assert.equal(split.refused, whole.refused);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("the hostile bytes are taken about as often as they are refused", () => {
  const outcomes = fc.sample(hostileText, { numRuns: 1000, seed: 7 })
    .map((text) => outcomeOf([bytesOf(text)]));
  const whole = outcomes.flatMap(({ requests }) => requests)
    .filter(({ whole }) => whole);
  assert.ok(whole.length > 300, `${whole.length} taken`);
  assert.ok(whole.some(({ body }) => body !== ""), "no body taken");
  const refused = outcomes.filter(({ refused }) => refused !== 0);
  assert.ok(refused.length > 300, `${refused.length} refused`);
});

Deno.test("what is passed on is what was read, to a strict reader", () => {
  fc.assert(
    fc.property(hostileText, cuts, (text, cuts) => {
      const { requests, passedOn } = outcomeOf(cutAt(bytesOf(text), cuts));
      const { messages } = readRequests(passedOn);
      const whole = requests.filter(({ whole }) => whole);
      assert.deepEqual(
        messages.map(({ startLine, body }) => [startLine, body]),
        whole.map(({ method, target, body }) => [
          `${method} ${target} HTTP/1.1`,
          body,
        ]),
      );
      for (const { fields } of messages) {
        const names = fields.map(([name]) => name);
        assert.ok(!names.includes("keep-alive"));
        assert.ok(names.includes("x-forwarded-for"));
      }
    }),
    { numRuns: 3000 },
  );
});
