// SPDX-License-Identifier: Apache-2.0
// The other side of signed-sinks.sh. What is right is for the package @alicloud/openapi-util to say, by its own functions.
//
//   node signed-sinks.js requests N FILE            N random requests, one a line, for "signed-sink sign"
//   node signed-sinks.js compare FILE ANSWERS       whether the package gives the same
//   node signed-sinks.js serve DIRECTORY            an API with TLS: see serve()
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const path = require('path');
const OpenApi = require('@alicloud/openapi-util').default;

const SCHEME = 'ACS3-HMAC-SHA256';

// The same requests in each run.
function random(seed) {
  return (n) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 4294967296) * n);
  };
}

function randomRequest(next) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const anything = [...(letters + ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\u0001\u007f\u00e9\u00df\u6f22\u{1f680}')];
  const pick = (list) => list[next(list.length)];
  const word = (list, n) => Array.from({ length: n }, () => pick(list)).join('');
  const one = { method: pick(['GET', 'POST', 'PUT', 'DELETE']), path: '/', query: {}, headers: {} };
  for (let i = next(3); i > 0; i--) one.path += word([...letters, ' ', '*', '+', '~', '\u6f22'], 1 + next(6)) + pick(['', '/']);
  for (let i = next(12); i > 0; i--) one.query[word([...letters], 1 + next(4)) + pick(['', '.1', '.2', '.10', '.1.Key'])] = word(anything, next(30));
  one.headers.host = `ecs.${word([...'abc-'], 3)}x.aliyuncs.com`;
  for (let i = next(8); i > 0; i--)
    one.headers['x-acs-' + word([...'abcdefgh-0123'], 1 + next(5))] = word([...letters, ' ', '\t', ':', ';', ',', '/', '+', '='], next(40));
  if (next(2)) one.headers['content-type'] = 'application/x-www-form-urlencoded';
  one.hash = crypto.createHash('sha256').update(word(anything, next(9))).digest('hex');
  one.id = word([...letters, '.'], 1 + next(30));
  one.secret = word([...letters], 1 + next(100));
  return one;
}

function theirs(one) {
  return OpenApi.getAuthorization({ method: one.method, pathname: OpenApi.getEncodePath(one.path), query: one.query, headers: one.headers },
    SCHEME, one.hash, one.id, one.secret);
}

const lines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter((line) => line);

function compare(requests, answers) {
  const asked = lines(requests).map((line) => JSON.parse(line));
  const ours = lines(answers);
  const wrong = asked.filter((one, i) => theirs(one) !== ours[i]);
  for (const one of wrong.slice(0, 3)) console.log(JSON.stringify(one), theirs(one));
  console.log(`${asked.length} requests, ${ours.length} answers, ${wrong.length} differ`);
  return asked.length > 0 && asked.length === ours.length && wrong.length === 0;
}

// Name and value of each pair of a query or a form.
function pairs(text) {
  const map = {};
  for (const pair of text.split('&').filter((one) => one)) {
    const at = pair.indexOf('=');
    const name = decodeURIComponent(pair.slice(0, at));
    if (at < 0 || name in map) throw new Error(`pair '${pair}'`);
    map[name] = decodeURIComponent(pair.slice(at + 1));
  }
  return map;
}

// What is wrong with a call, as the service would say it; null for nothing.
function refuse(request, body, query, known, now) {
  const headers = request.headers;
  const raw = request.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  const hash = crypto.createHash('sha256').update(body).digest('hex');
  const expected = OpenApi.getAuthorization({ method: request.method, pathname: '/', query, headers }, SCHEME, hash, known.id, known.secret);
  if (new Set(raw).size !== raw.length) return [400, 'InvalidParameter', 'a header twice'];
  if (request.url.split('?')[0] !== '/' || request.method !== 'POST') return [404, 'InvalidAction.NotFound', 'path'];
  if (body.length > 0 !== (headers['content-type'] === 'application/x-www-form-urlencoded')) return [400, 'InvalidParameter', 'content-type'];
  if (headers['x-acs-security-token'] !== known.token) return [400, 'InvalidSecurityToken.Expired', 'token'];
  if (headers['x-acs-content-sha256'] !== hash) return [400, 'InvalidParameter', 'content hash'];
  if (Math.abs(Date.parse(headers['x-acs-date']) - now) > 900000) return [400, 'InvalidTimeStamp.Expired', 'date'];
  if (headers.authorization !== expected) return [400, 'SignatureDoesNotMatch', `server string to sign is: ${known.secret}`];
  if (known.nonces.has(headers['x-acs-signature-nonce'])) return [400, 'SignatureNonceUsed', 'nonce'];
  known.nonces.add(headers['x-acs-signature-nonce']);
  return null;
}

// The rules of the page of TagResources.
function refuseTags(map) {
  const bad = (text) => /^acs:/i.test(text) || /https?:\/\//i.test(text) || text.length > 128;
  if (map.RegionId !== 'cn-hangzhou') return [404, 'InvalidRegionId.NotFound', ''];
  if (map.ResourceType !== 'instance' || map['ResourceId.1'] !== 'i-bp1example') return [404, 'InvalidResourceId.NotFound', ''];
  const n = Object.keys(map).filter((name) => /^Tag\.\d+\.Key$/.test(name)).length;
  if (n < 1 || n > 20 || Object.keys(map).length !== 3 + 2 * n) return [400, 'InvalidTagCount', ''];
  for (let i = 1; i <= n; i++) {
    const key = map[`Tag.${i}.Key`], value = map[`Tag.${i}.Value`];
    if (!key || bad(key) || /^aliyun/i.test(key)) return [400, 'InvalidTagKey.Malformed', ''];
    if (value === undefined || bad(value)) return [400, 'InvalidTagValue.Malformed', ''];
  }
  return null;
}

function refuseEvent(map, body) {
  const names = Object.keys(map).sort().join();
  if (names !== 'EventInfo.1.Content,EventInfo.1.EventName,EventInfo.1.GroupId,EventInfo.1.Time') return [400, 'ParameterInvalid', names];
  if (body.length > 500 * 1024 || !/^\d{13}$/.test(map['EventInfo.1.Time'])) return [400, 'ParameterInvalid', ''];
  const event = JSON.parse(map['EventInfo.1.Content']);
  if (event.specversion !== '1.0' || event.data.schema !== 'io.ecsguest.report/1') return [400, 'ParameterInvalid', 'content'];
  return null;
}

const calls = {
  'TagResources 2014-05-26': { refuse: refuseTags, done: { RequestId: 'R-tags' } },
  'PutCustomEvent 2019-01-01': { refuse: refuseEvent, done: { Code: '200', Message: 'success', RequestId: 'R-event' } },
};

// Moods, read anew for each call from DIRECTORY/mood: what the API answers though nothing is wrong with the call.
const moods = {
  throttling: [400, { Code: 'Throttling.User', RequestId: 'R-t' }, {}],
  429: [429, { Code: 'Throttling.Api', RequestId: 'R-t' }, { 'Retry-After': '7' }],
  permission: [403, { Code: 'NoPermission.Tag', RequestId: 'R-p' }, {}],
  quota: [400, { Code: 'OperationDenied.QuotaExceed', RequestId: 'R-q' }, {}],
  500: [500, { Code: 'InternalError', RequestId: 'R-5' }, {}],
  busy: [503, '<html>busy</html>', { 'Retry-After': '30' }],
  garbage: [200, '<html>welcome to the hotel</html>', {}],
  redirect: [302, '', { Location: 'https://elsewhere.example/' }],
  refused: [200, { Code: '400', Message: 'no', RequestId: 'R-r' }, {}],
};

function answer(response, status, body, headers) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function handle(directory, known, request, body, response) {
  const mood = fs.readFileSync(path.join(directory, 'mood'), 'utf8').trim();
  const now = Date.now() + (mood === 'clock' ? 3600000 : 0);
  const query = pairs(request.url.split('?')[1] || '');
  const map = { ...query, ...pairs(body.toString()) };
  const call = calls[`${request.headers['x-acs-action']} ${request.headers['x-acs-version']}`];
  const refusal = refuse(request, body, query, known, now) || (call ? call.refuse(map, body) : [404, 'InvalidAction.NotFound', '']);
  fs.appendFileSync(path.join(directory, 'log'), JSON.stringify({ refusal, map, action: request.headers['x-acs-action'] }) + '\n');
  if (mood === 'cut') request.socket.destroy();
  else if (refusal) answer(response, refusal[0], { Code: refusal[1], Message: refusal[2], RequestId: 'R-no' }, { Date: new Date(now).toUTCString() });
  else if (moods[mood]) answer(response, ...moods[mood]);
  else answer(response, 200, call.done, {});
}

// Listens, writes its port to DIRECTORY/port; certificate and key lie there.
function serve(directory) {
  const known = { id: process.env.KEY_ID, secret: process.env.SECRET, token: process.env.TOKEN, nonces: new Set() };
  const read = (name) => fs.readFileSync(path.join(directory, name));
  const server = https.createServer({ cert: read('server.pem'), key: read('server.key') }, (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      try {
        handle(directory, known, request, Buffer.concat(parts), response);
      } catch (error) {
        fs.appendFileSync(path.join(directory, 'log'), JSON.stringify({ refusal: String(error) }) + '\n');
        answer(response, 400, { Code: 'InvalidParameter' }, {});
      }
    });
  });
  server.listen(0, '127.0.0.1', () => {
    fs.writeFileSync(path.join(directory, 'port.new'), String(server.address().port));
    fs.renameSync(path.join(directory, 'port.new'), path.join(directory, 'port'));
  });
  setTimeout(() => process.exit(0), 300000);
}

// The metadata service, with plain HTTP: a token, the role, its credentials, the identity. Writes DIRECTORY/metadata-port.
function serveMetadata(directory) {
  const role = '/2016-01-01/meta-data/ram/security-credentials/';
  const identity = { 'instance-id': 'i-bp1example', 'region-id': 'cn-hangzhou', 'owner-account-id': '1234567890', 'zone-id': 'cn-hangzhou-i' };
  const leaves = {
    'PUT /latest/api/token': () => 'token-of-the-service',
    [`GET ${role}`]: () => 'reporter-role',
    [`GET ${role}reporter-role`]: () => JSON.stringify({
      Code: 'Success', AccessKeyId: process.env.KEY_ID, AccessKeySecret: process.env.SECRET, SecurityToken: process.env.TOKEN,
      LastUpdated: '2026-01-01T00:00:00Z', Expiration: new Date(Date.now() + 3600000).toISOString().replace(/\.\d+/, ''),
    }),
    'GET /2016-01-01/dynamic/instance-identity/document': () => JSON.stringify(identity),
  };
  const server = http.createServer((request, response) => {
    const leaf = leaves[`${request.method} ${request.url}`];
    response.writeHead(leaf ? 200 : 404);
    response.end(leaf ? leaf() : '');
  });
  server.listen(0, '127.0.0.1', () => {
    fs.writeFileSync(path.join(directory, 'metadata-port.new'), String(server.address().port));
    fs.renameSync(path.join(directory, 'metadata-port.new'), path.join(directory, 'metadata-port'));
  });
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'requests') {
  const next = random(20261128);
  for (let i = 0; i < Number(rest[0]); i++) fs.appendFileSync(rest[1], JSON.stringify(randomRequest(next)) + '\n');
} else if (what === 'compare') process.exit(compare(...rest) ? 0 : 1);
else {
  serve(rest[0]);
  serveMetadata(rest[0]);
}
