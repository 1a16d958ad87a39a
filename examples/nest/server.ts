import 'reflect-metadata';
import { Body, Controller, Module, Post, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Response } from 'express';
import { initMonitoring } from 'llm-edge-monitoring';
import { observeOperations } from 'llm-edge-monitoring/nest';
import { createClient, MODEL, textOf } from '../model.js';
import { announce, PORT } from '../port.js';

const monitoring = await initMonitoring();
const openai = await createClient();

@Controller('chat')
class ChatController {
  @Post()
  async chat(
    @Body() { prompt, stream }: { prompt: string; stream?: boolean },
    @Res({ passthrough: true }) response: Response,
  ): Promise<object | undefined> {
    const messages = [{ role: 'user' as const, content: prompt }];
    if (stream !== true) {
      const { choices } = await openai.chat.completions.create({ model: MODEL, messages });
      return { text: choices[0]?.message.content };
    }
    const chunks = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
    response.type('text/event-stream');
    for await (const chunk of chunks) {
      if (response.destroyed) break;
      response.write(`data: ${JSON.stringify(textOf(chunk))}\n\n`);
    }
    response.end();
    return undefined;
  }
}

@Module({ imports: [observeOperations()], controllers: [ChatController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(PORT, '127.0.0.1');
announce(app.getHttpServer().address(), monitoring);
