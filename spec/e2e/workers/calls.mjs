// A program that knows nothing of monitoring, which is preloaded. It calls a model.
import OpenAI from 'openai';
import { openLedger } from './ledger.mjs';

const openai = new OpenAI({ apiKey: 'none', baseURL: `${process.env.MODEL_ORIGIN}/v1`, maxRetries: 0 });
const tally = { requests: 0, costUsd: 0 };
let calls = Promise.resolve();
let isRecording = false;

async function callOn() {
  while (isRecording) {
    await openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] });
    tally.requests += 1;
    ledger.write(tally);
  }
}

const ledger = openLedger({
  record: () => {
    if (isRecording) return;
    isRecording = true;
    calls = callOn();
  },
  pause: async () => {
    isRecording = false;
    await calls;
  },
  // The preload sees to it that nothing is lost.
  shutdown: () => undefined,
});
ledger.hello({});
