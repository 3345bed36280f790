// All of requests.test.mjs again, over TLS.
process.env.LWSAPP_TEST_TLS = '1';
await import('./requests.test.mjs');
