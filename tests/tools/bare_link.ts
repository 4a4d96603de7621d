/**
 * Runs inside of a page: a bare data channel to another page, without anything
 * of ours, to be measured against. Descriptions are passed by hand.
 * @module
 */

export class BareLink {
  #connection: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;

  get channel(): RTCDataChannel {
    if (this.#channel === undefined) throw new Error("No channel was opened");
    return this.#channel;
  }

  offer(): Promise<string> {
    return described(this.#open());
  }

  async accept(offer: string): Promise<string> {
    const connection = this.#open();
    await connection.setRemoteDescription(JSON.parse(offer));
    return await described(connection);
  }

  async connect(answer: string): Promise<void> {
    await this.#connection?.setRemoteDescription(JSON.parse(answer));
    if (this.channel.readyState === "open") return;
    await new Promise((resolve) => {
      this.channel.addEventListener("open", resolve, { once: true });
    });
  }

  #open(): RTCPeerConnection {
    this.#connection = new RTCPeerConnection({ iceServers: [] });
    this.#channel = this.#connection
      .createDataChannel("bare", { negotiated: true, id: 0 });
    return this.#connection;
  }
}

/** With all candidates in it. */
async function described(connection: RTCPeerConnection): Promise<string> {
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") {
    await new Promise((resolve) => {
      connection.addEventListener("icegatheringstatechange", resolve, {
        once: true,
      });
    });
  }
  return JSON.stringify(connection.localDescription);
}
