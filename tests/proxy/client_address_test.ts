/**
 * Who a request comes from, as far as that can be known.
 * @module
 */
import assert from "node:assert/strict";
import { RequestHead } from "../../lib/http1/request_head.ts";
import { clientAddressOf } from "../../lib/proxy/client_address.ts";
import { trustedBy } from "../../lib/proxy/trust.ts";
import { bytesOf } from "../http1/bytes_of.ts";

const trusts = trustedBy(["127.0.0.0/8", "10.0.0.0/8", "::1/128"]);

for (
  const [chain, client, claim] of [
    [[], "127.0.0.1", "the proxy itself where it tells nothing"],
    [["192.0.2.1"], "192.0.2.1", "whom the proxy names"],
    [["1.1.1.1, 192.0.2.1"], "192.0.2.1", "not what that one claimed"],
    [["1.1.1.1", "192.0.2.1"], "192.0.2.1", "the last of several fields"],
    [["192.0.2.1, 10.1.1.1"], "192.0.2.1", "whom a second proxy names"],
    [["192.0.2.1,10.1.1.1 , 127.0.0.1"], "192.0.2.1", "through three of them"],
    [["10.9.9.9, 10.1.1.1"], "10.9.9.9", "the farthest where all are trusted"],
    [["x, 10.1.1.1"], "10.1.1.1", "nobody behind what cannot be read"],
    [["unknown"], "127.0.0.1", "nobody behind an unknown"],
    [["192.0.2.1:4711"], "192.0.2.1", "an address without its port"],
    [["[2001:db8::1]:4711"], "2001:db8::1", "IPv6 without its port"],
    [["2001:db8::1"], "2001:db8::1", "bare IPv6"],
    [["::ffff:192.0.2.1"], "192.0.2.1", "IPv4 written as IPv6"],
    [["192.0.2.1, , "], "192.0.2.1", "past empty places"],
    [["999.0.2.1"], "127.0.0.1", "nobody behind a bad address"],
  ] as const
) {
  Deno.test(`clientAddressOf() finds ${claim}`, () => {
    const head = new RequestHead();
    const lines = chain.map((value) => `X-Forwarded-For: ${value}\r\n`);
    const bytes = bytesOf(`GET / HTTP/1.1\r\nHost: a\r\n${lines.join("")}\r\n`);
    head.read(bytes, 0, bytes.length);
    const peer = "127.0.0.1";
    assert.equal(clientAddressOf(head.fields, { peer, trusts }), client);
  });
}
