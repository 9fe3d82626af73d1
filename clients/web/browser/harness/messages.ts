/** What a server says on a WebSocket, piece by piece: its answer to the upgrade, then a frame at a time. */

/** One piece as it came; of a frame, what it holds besides. */
export interface Piece {
  readonly bytes: Buffer;
  readonly message: Uint8Array | null;
}

const HEAD_END = "\r\n\r\n";

export class Messages {
  private rest: Buffer = Buffer.alloc(0);
  private isOpen = false;

  /** The pieces that are whole with what has come now. */
  take(came: Buffer): Piece[] {
    this.rest = Buffer.concat([this.rest, came]);
    const pieces: Piece[] = [];
    for (;;) {
      const length = this.isOpen ? frameLength(this.rest) : answerLength(this.rest);
      if (length === 0 || this.rest.length < length) return pieces;
      const bytes = this.rest.subarray(0, length);
      pieces.push({ bytes, message: this.isOpen && isMessage(bytes) ? bytes.subarray(headLength(bytes)) : null });
      this.rest = this.rest.subarray(length);
      this.isOpen = true;
    }
  }
}

/** Whether a frame holds bytes, and is none that keeps the line alive. */
const isMessage = (frame: Buffer): boolean => ((frame[0] ?? 0) & 15) === 2;

/** How long the answer to the upgrade is; 0 until all of it has come. */
function answerLength(bytes: Buffer): number {
  const end = bytes.indexOf(HEAD_END);
  return end < 0 ? 0 : end + HEAD_END.length;
}

/** How long the head of a frame is; a server masks nothing. */
function headLength(frame: Buffer): number {
  const short = (frame[1] ?? 0) & 127;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

/** How long a frame is, head and all; 0 until that has come. */
function frameLength(frame: Buffer): number {
  if (frame.length < 2) return 0;
  const head = headLength(frame);
  if (frame.length < head) return 0;
  if (head === 2) return head + ((frame[1] ?? 0) & 127);
  return head + (head === 4 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2)));
}
