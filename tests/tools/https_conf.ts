/**
 * A conf with a door of TLS beside the one of http, for a name whose visitors
 * by http may be sent over to it, and for any other host as ever.
 * @module
 */
import { certificateFor } from "../proxy/doors_rig.ts";
import { freePorts } from "./services.ts";

const TARGETS = `proxy_pass http://127.0.0.1:9000;
  location /tracker/ { proxy_pass http://127.0.0.1:8000; }`;

export interface HttpsConf {
  file: string;
  /** Where TLS is, by that name. */
  origin: string;
  /** The certificate, PEM. */
  chain: string;
  /** Written anew: whoever reads it sends the name's visitors to TLS. */
  redirect(): void;
}

/** The files are in `dir`; nothing redirects yet. */
export async function httpsConf(dir: string, name: string): Promise<HttpsConf> {
  const [port = 0] = freePorts(1);
  const { chain, key } = await certificateFor(name);
  Deno.writeTextFileSync(`${dir}/a.pem`, chain);
  Deno.writeTextFileSync(`${dir}/a.key`, key);
  const file = `${dir}/proxy.conf`;
  const write = (line: string) =>
    Deno.writeTextFileSync(
      file,
      `listen ${port} tls;
tls_certificate ${dir}/a.pem;
tls_certificate_key ${dir}/a.key;
host "${name}" {
  ${line}${TARGETS}
}
host "*" {
  ${TARGETS}
}
`,
    );
  write("");
  return {
    ...{ file, chain },
    origin: `https://${name}:${port}`,
    redirect: () => write("redirect https;\n  "),
  };
}
