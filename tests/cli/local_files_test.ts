import assert from "node:assert/strict";
import {
  localNameOf,
  makeFolder,
  openLocalFile,
  saveFile,
} from "../../lib/cli/local_files.ts";
import { PIECE_BYTES } from "../../lib/wire/file.ts";

const HASH = "h".repeat(43);

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function holding(bytes: Uint8Array<ArrayBuffer>) {
  const read = (_hash: string, from: number, to: number) =>
    Promise.resolve(bytes.slice(from, to));
  const info = (name: string) => ({
    ...{ name, size: bytes.length, type: "text/plain", hash: HASH },
  });
  return { read, info };
}

function names(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => name).toSorted();
}

Deno.test("openLocalFile() says what the file is, and reads any part of it", () =>
  inFolder(async (dir) => {
    const bytes = crypto.getRandomValues(new Uint8Array(50_000));
    await Deno.writeFile(`${dir}/báo cáo.pdf`, bytes);
    await using file = await openLocalFile(`${dir}/báo cáo.pdf`);
    const { name, size, type } = file;
    assert.deepEqual({ name, size, type }, {
      name: "báo cáo.pdf",
      size: 50_000,
      type: "application/pdf",
    });
    const [end, start] = await Promise.all([
      file.read(40_000, 50_000),
      file.read(0, 10),
    ]);
    assert.deepEqual(end, bytes.slice(40_000));
    assert.deepEqual(start, bytes.slice(0, 10));
    await Deno.truncate(`${dir}/báo cáo.pdf`, 100);
    await assert.rejects(file.read(0, 200), /was cut meanwhile/);
  }));

Deno.test("openLocalFile() says why there is nothing to be sent", () =>
  inFolder(async (dir) => {
    await assert.rejects(
      openLocalFile(`${dir}/nothing`),
      /^PeerFailure: Cannot send ".*nothing": there is no such file$/,
    );
    await assert.rejects(openLocalFile(dir), /it is no file/);
    const large = `${dir}/large`;
    await Deno.writeFile(large, new Uint8Array());
    // Sparse: it takes no room.
    await Deno.truncate(large, 4 * 1024 ** 3 + 1);
    await assert.rejects(
      openLocalFile(large),
      /it has 4294967297 bytes, a file may have 4294967296/,
    );
  }));

Deno.test("saveFile() writes all of a file, and never over another", () =>
  inFolder(async (dir) => {
    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    const { read, info } = holding(bytes);
    const paths = [];
    for (let time = 0; time < 3; time++) {
      paths.push(await saveFile({ read }, info("notes.tar"), dir));
    }
    const wanted = ["notes.tar", "notes (2).tar", "notes (3).tar"];
    assert.deepEqual(paths, wanted.map((name) => `${dir}/${name}`));
    assert.deepEqual(await Deno.readFile(paths[2] ?? ""), bytes);
    await saveFile({ read: holding(new Uint8Array()).read }, {
      ...info("empty"),
      size: 0,
    }, dir);
    assert.equal((await Deno.readFile(`${dir}/empty`)).length, 0);
  }));

Deno.test("saveFile() leaves nothing behind where the bytes can't be had", () =>
  inFolder(async (dir) => {
    const read = (_hash: string, from: number) =>
      from === 0
        ? Promise.resolve(new Uint8Array(PIECE_BYTES))
        : Promise.reject(new Error("piece 1 is lost"));
    const file = { name: "a", type: "", hash: HASH, size: 2 * PIECE_BYTES };
    await assert.rejects(saveFile({ read }, file, dir), /piece 1 is lost/);
    assert.deepEqual(names(dir), []);
  }));

Deno.test("saveFile() keeps to its folder, whatever the file is called", () =>
  inFolder(async (dir) => {
    const inner = `${dir}/inner`;
    await Deno.mkdir(inner);
    const { read, info } = holding(new Uint8Array(3));
    const hostile = [
      ...["../escaped", "..", "/etc/passwd", ".bashrc", "a/../../b", "~"],
      ...["C:\\boot.ini", "nul", "COM1.txt", "name\u0000.txt", "end. "],
    ];
    for (const name of hostile) await saveFile({ read }, info(name), inner);
    assert.deepEqual(names(dir), ["inner"]);
    assert.equal(names(inner).length, hostile.length);
    for (const name of names(inner)) {
      assert.doesNotMatch(name, /^\.|[<>:"|?*\\]|\p{Cc}|[. ]$/u);
      assert.doesNotMatch(name, /^(nul|com1)(\.|$)/i);
    }
  }));

Deno.test("localNameOf() leaves an honest name as it is", () => {
  const honest = ["báo cáo.pdf", "写真 1.jpg", "README", "a.tar.gz", "🦊.png"];
  for (const name of honest) assert.equal(localNameOf(name), name);
});

Deno.test("makeFolder() makes a folder with those above it, and takes one that is there", () =>
  inFolder(async (dir) => {
    for (const _ of [1, 2]) makeFolder(`${dir}/a/b`);
    assert.equal((await Deno.stat(`${dir}/a/b`)).isDirectory, true);
    Deno.symlinkSync(`${dir}/a`, `${dir}/link`);
    makeFolder(`${dir}/link`);
    makeFolder(".");
  }));

Deno.test("makeFolder() says why there can be no such folder", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    const message = (path: string, why: string) => ({
      ...{ name: "PeerFailure", exitCode: 1 },
      message: `Cannot save to "${path}": ${why}`,
    });
    const cases = [
      [`${dir}/file`, "it is a file"],
      [`${dir}/file/in`, "a part of that path is a file"],
      [`${dir}/${"x".repeat(300)}`, "it can't be made (ENAMETOOLONG)"],
    ] as const;
    for (const [path, why] of cases) {
      assert.throws(() => makeFolder(path), message(path, why));
    }
  }));
