interface MetricLine {
  _aws?: { CloudWatchMetrics: { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
  [field: string]: unknown;
}

/** The metrics that a log line has in the embedded format, each with the values of its dimensions. */
export function metricsIn(message: string): string[] {
  if (!message.includes('"CloudWatchMetrics"')) return [];
  const line = JSON.parse(message.slice(message.indexOf('{'))) as MetricLine;
  return (line._aws?.CloudWatchMetrics ?? []).flatMap(({ Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name }) => [Name, ...names.map((name) => `${name}=${line[name]}`)].join(' ')),
    ),
  );
}
