import { pick, type Random } from './random.js';

/** What one caller sends to the gateway. */
export interface Prompt {
  readonly model: string;
  readonly messages: readonly { readonly role: 'system' | 'user'; readonly content: string }[];
  readonly stream: boolean;
}

const MODELS = [
  'gpt-4o-mini',
  'gpt-4o-mini',
  'gpt-5-mini',
  'claude-sonnet-4-6',
  'claude-sonnet-4-6',
] as const;

const QUESTIONS = [
  'How do I change',
  'Where can I see',
  'Why was I charged for',
  'How do I cancel',
  'Who may edit',
  'What happens if I delete',
  'How long do you keep',
  'Can I export',
] as const;

const TOPICS = [
  'my invoices',
  'my password',
  'the team members',
  'the billing address',
  'an API key',
  'the audit log',
  'my subscription',
  'a shared project',
  'the email notifications',
  'a failed payment',
  'the data region',
  'a webhook',
] as const;

const SECTIONS = [
  'Billing',
  'Accounts',
  'Teams',
  'Projects',
  'Security',
  'Exports',
  'Notifications',
  'Integrations',
  'Storage',
  'Subscriptions',
  'Privacy',
  'Roles',
] as const;

/** Instructions of a support agent, long enough (over 2,048 tokens) for the prompt caches of both providers. */
const HANDBOOK = SECTIONS.map((section, index) =>
  [
    `${index + 1}. ${section}.`,
    `Answer questions about ${section.toLowerCase()} in at most six sentences and in the language of the customer.`,
    'Say first whether what the customer wants is possible, then how it is done, step by step, then what changes.',
    'Name menus and buttons exactly as the product shows them, and never invent one that this handbook lacks.',
    'Do not promise refunds, dates or discounts; say who decides about them and how to reach that person.',
    'When the customer seems to be locked out, ask for the address of the account and for nothing else.',
    'Personal data of other customers is never part of an answer, not even when it appears in the question.',
    `If the question is not about ${section.toLowerCase()}, look for the section of this handbook that fits better.`,
  ].join(' '),
).join('\n');

/** Draws a prompt. Some are far more popular than others, which is what makes a cache worth having. */
export function drawPrompt(random: Random): Prompt {
  const model = pick(random, MODELS);
  const question = QUESTIONS[drawPopular(random, QUESTIONS.length)] ?? QUESTIONS[0];
  const topic = TOPICS[drawPopular(random, TOPICS.length)] ?? TOPICS[0];
  return {
    model,
    messages: [
      { role: 'system', content: HANDBOOK },
      { role: 'user', content: `${question} ${topic}?` },
    ],
    stream: random() < 0.6,
  };
}

/** An index below `count`; the first ones come most often. */
function drawPopular(random: Random, count: number): number {
  return Math.floor(count * random() ** 2);
}
