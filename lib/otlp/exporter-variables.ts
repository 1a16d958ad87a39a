/** The variables that exporters read although the options are given. */
const READ_BY_EXPORTERS = /^OTEL_EXPORTER_OTLP_/;

/**
 * Creates an exporter that uses only the given options, not variables. No option replaces the headers of the
 * environment: the exporter adds each header of `OTEL_EXPORTER_OTLP_HEADERS`, and of the variable of its signal, that
 * the given ones lack. So a token for another backend would be sent to this one, against the specification of OTLP,
 * which says that the variable of a signal replaces the general one. Reading that variable also loads gRPC at once. The
 * other variables have no effect, but a value that the exporter does not understand, which may be a secret, would be
 * written to the diagnostic log.
 */
export function withoutVariables<Exporter>(create: () => Exporter): Exporter {
  const hidden = Object.entries(process.env).filter(([name]) => READ_BY_EXPORTERS.test(name));
  for (const [name] of hidden) delete process.env[name];
  try {
    return create();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
