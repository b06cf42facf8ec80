export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface MetricFamily {
  name: string;
  type: string;
  help: string;
  samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = new RegExp(`(${NAME})="((?:[^"\\\\\\n]|\\\\[\\\\"n])*)"(?:,|$)`, 'g');
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);

/** Reads the text format of Prometheus, strictly: whatever it does not allow throws. */
export function readMetrics(text: string): Map<string, MetricFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, MetricFamily>();
  let family: MetricFamily | undefined;
  for (const line of text.split('\n').filter(Boolean)) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') {
      if (families.has(name)) throw new Error(`${name} stands there twice`);
      family = { name, type: '', help: rest, samples: [] };
      families.set(name, family);
    } else if (keyword === 'TYPE') {
      if (family?.name !== name) throw new Error(`the type of ${name} does not follow its help`);
      family.type = rest;
    } else {
      const sample = readSample(line);
      const base = family?.type === 'histogram' ? sample.name.replace(/_(?:bucket|sum|count)$/, '') : sample.name;
      if (base !== family?.name) throw new Error(`the sample ${sample.name} is not of ${family?.name}`);
      family.samples.push(sample);
    }
  }
  return families;
}

/** The value of one sample; undefined where there is none with exactly these labels. */
export function sampleValue(
  families: Map<string, MetricFamily>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const samples = [...families.values()].flatMap((family) => family.samples);
  const wanted = JSON.stringify(Object.entries(labels).sort());
  return samples.find((s) => s.name === name && JSON.stringify(Object.entries(s.labels).sort()) === wanted)?.value;
}

function readSample(line: string): Sample {
  const [, name, labelText = '', valueText = ''] = SAMPLE.exec(line) ?? [];
  const value = Number(valueText.replace('+Inf', 'Infinity'));
  if (name === undefined || Number.isNaN(value)) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let length = 0;
  for (const [whole, label = '', escaped = ''] of labelText.matchAll(LABEL)) {
    labels[label] = escaped.replace(/\\(.)/g, (_all, char) => (char === 'n' ? '\n' : char));
    length += whole.length;
  }
  if (length !== labelText.length) throw new Error(`labels that cannot be read: ${line}`);
  return { name, labels, value };
}
