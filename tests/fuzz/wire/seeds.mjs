// What mutations begin from: sound requests, bodies and websocket commands.
export const paths = [
  '/', '/accounts/', '/accounts/login/?next=/', '/accounts/logout/', '/admin/',
  '/admin/users/1/', '/api/', '/api/data/', '/api/data/?format=csv',
  '/api/data/?format=ndjson&owner=other', '/api/data/bulk/', '/api/data/1/',
  '/api/data/?format=datatables&draw=1&columns[0][data]=id' +
    '&columns[0][search][value]=1&order[0][column]=0&search[value]=a' +
    '&search[regex]=true',
  '/api/data/?ordering=price,-id&price__gte=1&instrument__contains=x&page=3' +
    '&page_size=2&search=%F0%9F%98%80',
  '/api/data/3/history/?cursor=2&page_size=3', '/api/data/2/',
  '/api/audit/?actor=boss&cursor=1.1&since=2020-01-01T00:00:00Z', '/api/admin/',
  '/api/users/?search=a&ordering=-username&page=2', '/api/users/2/',
  '/api/users/2/sockets/5/', '/api/users/2/tokens/1/', '/api/me/',
  '/api/me/password/', '/api/sessions/?keep=current', '/api/token/',
  '/api/ticket/', '/data/stream/', '/api/schema/', '/api/docs/', '/healthz',
  '/readyz', '/metrics', '/assets/css/base.css', '*', 'http://localhost/',
];

export const bodies = [
  '', '{"instrument":"A","quantity":"1","price":"2","client_order_id":"x"}',
  '[{"instrument":"A","quantity":1,"price":2},' +
    '{"instrument":"B","quantity":"1e3","price":"-0.00000001"}]',
  '{"action":"cancel","orders":[1,{"id":2,"version":1}]}',
  '{"action":"delete","orders":[1,2,3]}',
  'draw=1&start=0&length=-1&search[value]=a&columns[3][search][value]=(a%2B)' +
    '&columns[3][search][regex]=true',
  '{"draw":1,"search":{"value":"x","fixed":[{"name":"a","term":"/a+/i"}]},' +
    '"columns":[{"data":"id"},{"data":"price","search":{"value":"1"}}],' +
    '"order":[{"column":1,"dir":"desc"}]}',
  '{"username":"u1","password":"zx81-Spectrum"}',
  'username=demo&password=x&csrfmiddlewaretoken=q&next=/',
  '{"email":"a@b","is_staff":true}',
  '{"scopes":["orders:read"],"name":"n","expires_in":600}',
  '{"owner":"demo","status":"filled","filled_quantity":"1"}',
];

export const headers = [
  'Accept: text/html;q=0.5,*/*;q=0.1', 'Accept: application/json;q=0',
  'X-Forwarded-For: 1.1.1.1, ::1, [::1]:5', 'Cookie: sessionid=x; csrftoken=y',
  'If-Match: "1"', 'If-Match: W/"9999999999999999999"', 'If-None-Match: *',
  'Expect: 100-continue', 'Connection: close', 'Connection: Upgrade',
  'Upgrade: websocket', 'Accept-Encoding: gzip', 'Range: bytes=0-5',
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Type: multipart/form-data; boundary=x', 'Content-Type: text/plain',
  'Origin: http://elsewhere.example', 'Content-Length: 5', 'Host: elsewhere',
  'Transfer-Encoding: chunked', ': none', 'no colon', ' folded: x',
];

// EPOCH stands for the database's.
export const commands = [
  '{"command":"subscribe"}',
  '{"command":"subscribe","ref":1,"position":{"epoch":"EPOCH","seq":0},' +
    '"heartbeat":1}',
  '{"command":"subscribe","stream":"all","position":' +
    '{"epoch":"EPOCH","seq":3}}',
  '{"command":"subscribe","stream":"user:demo"}', '{"command":"unsubscribe"}',
  '{"command":"ping","time":1.5,"ref":"a\\u0001"}',
  '{"command":"login","ticket":"x"}',
  '{"command":"subscribe","position":{"epoch":"EPOCH","seq":9000000000000000}}',
];

export const words = [
  'GET', 'POST', '\r\n', '\r\n\r\n', '\n', '%00', '%0d%0a', '%', '&', '=', '[',
  ']', '{', '}', '"', '\\u0000', '\\ud800', '1e999', '-', ':', '0\r\n\r\n',
  '9223372036854775807', '18446744073709551616', '\0', '\xff', '\xc0\x80',
  'a'.repeat(5000), '[['.repeat(40), 'HTTP/1.0', 'HTTP/9.9',
  ...headers.map((line) => `\r\n${line}`),
];
