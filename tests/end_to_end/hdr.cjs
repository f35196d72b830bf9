// HdrHistogram V2 by hdr-histogram-js, for hdr_test.py: reads {"decode": [base64], "encode": [[digits,
// [[value, count]]]], "log": text} and writes {"decoded": [...], "encoded": [base64], "log": [...]}.
const hdr = require("hdr-histogram-js");
const { default: RecordedValues } = require("hdr-histogram-js/dist/RecordedValuesIterator");

function decode(text) {
  const histogram = hdr.decodeFromCompressedBase64(text, 64);
  const buckets = [];
  const values = new RecordedValues(histogram);
  while (values.hasNext()) {
    const at = values.next();
    buckets.push([histogram.lowestEquivalentValue(at.valueIteratedTo), at.countAtValueIteratedTo]);
  }
  const percentiles = {};
  for (const [key, percent] of [["p50", 50], ["p90", 90], ["p99", 99]])
    percentiles[key] = histogram.getValueAtPercentile(percent);
  return {
    count: histogram.totalCount, digits: histogram.numberOfSignificantValueDigits,
    lowest: histogram.lowestDiscernibleValue, highest: histogram.highestTrackableValue,
    max: histogram.maxValue, buckets, percentiles,
  };
}

function encode([digits, values]) {
  const histogram = hdr.build({
    lowestDiscernibleValue: 1, highestTrackableValue: 3600e9, numberOfSignificantValueDigits: digits,
    bitBucketSize: 64,
  });
  for (const [value, count] of values) histogram.recordValueWithCount(value, count);
  return hdr.encodeIntoCompressedBase64(histogram);
}

function read(text) {
  const reader = new hdr.HistogramLogReader(text, 64);
  const rows = [];
  for (let one = reader.nextIntervalHistogram(); one; one = reader.nextIntervalHistogram())
    rows.push({ tag: one.tag || "", count: one.totalCount, p50: one.getValueAtPercentile(50) });
  return rows;
}

const input = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify({
  decoded: (input.decode || []).map(decode), encoded: (input.encode || []).map(encode),
  log: input.log ? read(input.log) : [],
}));
