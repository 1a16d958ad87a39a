import { createAuthorizer } from '../../lib/prometheus/authorization.js';

describe('createAuthorizer()', () => {
  const basic = `Basic ${Buffer.from('prometheus:s3cret').toString('base64')}`;

  it.each([
    ['Bearer s3cret', 'Bearer s3cret', true],
    ['Bearer s3cret', 'bearer  s3cret ', true],
    ['Bearer s3cret', 'Bearer S3cret', false],
    ['Bearer s3cret', 'Bearer s3cre', false],
    ['Bearer s3cret', 'Bearer s3cretx', false],
    ['Bearer s3cret', 'Basic s3cret', false],
    ['Bearer s3cret', 's3cret', false],
    ['Bearer s3cret', '', false],
    ['Bearer s3cret', undefined, false],
    [basic, basic, true],
    [basic, basic.toLowerCase(), false],
  ])('that asks for %p says of %p: %p', (expected, header, authorized) => {
    expect(createAuthorizer(expected).isAuthorized(header)).toBe(authorized);
  });

  it('challenges with the scheme that is asked for', () => {
    expect(createAuthorizer('Bearer s3cret').challenge).toBe('Bearer realm="metrics"');
    expect(createAuthorizer(basic).challenge).toBe('Basic realm="metrics"');
  });
});
