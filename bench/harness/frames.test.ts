import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameReader, frameHeaderBytes, writeFrameHeader } from './frames.ts';

test('messages come out whole, wherever the stream was cut', () => {
  const messages = [Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3, 4)];
  const stream = Buffer.concat(
    messages.map((message) => {
      const frame = new Uint8Array(frameHeaderBytes + message.length);
      writeFrameHeader(frame, message.length);
      frame.set(message, frameHeaderBytes);
      return frame;
    }),
  );
  for (let step = 1; step <= stream.length; step++) {
    const seen: number[][] = [];
    const reader = new FrameReader((message) => seen.push([...message]));
    for (let at = 0; at < stream.length; at += step) reader.read(stream.subarray(at, at + step));
    assert.deepEqual(seen, [[1], [], [2, 3, 4]], `in steps of ${step}`);
  }
});
