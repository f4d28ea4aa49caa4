/** node:crypto and crypto.subtle on real Node and in the lab: values, errors, and what one side makes read by the other. */
import { expect, test } from 'vitest';
import { expectSame, inFullLab, onRealNode } from '../test-same.ts';

/** A key for the tests, which protects nothing. */
const RSA = `-----BEGIN PRIVATE KEY-----
MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQDEYYcjuOm1IqK5
aFsK/5XTEp/kBFDtWgaD8Ux7Fta567LPh4xwi/8mhrO+cBXQxMiYgoqGmnnNBJ3d
HIA82PjQpsqqKTeTqWnz6cHWf4HSqWCFgp164rrt60cUk9V/FbHE8aY0csJOJI9h
zmQa2PxDnxXg9WgaQh5+WL8+z01y3BmRc4zefsOMVrxDCalQgUnpVdRo0wOnWpGn
F+Qx+r/9WO+7Z6xay6G0V+J5kz3zVUUU5Vekq2pW094R1VlaLE4DmtVWBhk6FTBL
rjUtETyPKzQBvjNiUx5WORUm9DdUU5hhs2HZmvXFPfCbVQUxIv5Zt4ljKStVeiTo
UzvES33XAgMBAAECggEABlFoaFyKr0DZJWGCC8542By54ipO+7CxLV66WPu0ycFK
ozp7pKwdb0nOz8xnwfArV/oXc8SAZGhge42iUcHEM0HDAWy9pbvsl5cw8kvEz62j
vpjwTuXefy9ReaWr8VPAnnUd8mEYIcaIzqe+fSOzMf9ZIOqKs5nVXoRya8EXw4Xa
pmQWf+tzFVlZ8Y/wPG8mF82ZZL/tCNSBSNwobC9LgIHb8+kyQsELuzCrs1ktkSz6
Ni6u+RB+uahtrbwpHXNsKebA3dO8rHNdZbYmFo1B4oWQ7D/vJyQXuu14Gm8BgDmk
cwZqxGr3fy8mwp0pRnXRDA/P+URpjZWKFD9j1uuXyQKBgQD0NCBe3uM3HW/EPxkc
4rQcccsajy3W22lLA7gZqttH5ywQ8EWpsKCzaQtuU8EUSi8p2y7upTMgiK60Evxe
mkKnCZDvmy+GVEtZrhxecIStYyedkAHS9gQuaSoP6ZDYmqyzUsyUVfGyfQ6LteKK
5s0qcyLA08lWdyLC6ofuhiiJxQKBgQDN3gQ1Uqt+eo3KSvUldsm8/mQC19eEArEh
Znu7G2GGTuGDQAFYVU9N+Ru/QL3GdkZGW2XUBxpKNSSvoz0ymWpb1ofdlMlFSl04
+AGdHegLlanS8pdJu8wj211QOLJGCrD8ym53C9UUbgMkFsqx/jqofUIk15gFIKGE
89Rnx19O6wKBgQCLXfxjaFzQJZKVs1UHsTINUbwSCkik6E9tKlA1Bddjb8EsYZPA
RjdQbNDDRDVa+QN1pcthExLcrGTYDEXPT8ZeQg1fUXeL+CuQoNc75ocx1PbU60y/
Mvwr6ITC1A+ALrYFGWn79hicPtbAUStbDmFkqpTY64VqPU+vYd31+MbF6QKBgQC/
v1UIHZIiYiADFcI0POo2oHOiukvAZ4l4ZK5GXoB9yqb9yvX1wq/1Hlubzb91ROC7
05GK5Xq1N76N4Wu033RTSgSOfHDjmxotX8KRBzQE5kehddc4FDVWCJJnkAdsebTU
H/C37Utwle9TA++TzgnwuYqMKkssK3KGFV33s5mwNQKBgQCte5FSYVS9Pwf8f835
ijC9NT57fnR9du6DfLf3RAWQdxwvLx+ajl+KaxgcXVUP1SJ9Pvf59Tw/+F6Y3Zgr
HJzZF/Gtp3UCchCDXVckWC/yXJE94+n28yi2gWFOmJ2PMgr1F17bn7WRS0AYYVOU
At1LOsNF9z9vKbg2mj5tZErwhA==
-----END PRIVATE KEY-----`;

const HEAD = `
  import crypto from 'node:crypto';
  import { promisify } from 'node:util';
  const bytes = (length, first = 0) => Buffer.from(Array.from({ length }, (_, i) => (i + first) % 256));
`;

test('ciphers: AES in three modes, in pieces, as streams, and what is refused', async () => {
  await expectSame(`${HEAD}
    for (const bits of [128, 192, 256]) {
      const key = bytes(bits / 8);
      for (const mode of ['cbc', 'ctr', 'gcm']) {
        const name = 'aes-' + bits + '-' + mode;
        const iv = bytes(mode === 'gcm' ? 12 : 16, 50);
        for (const length of [0, 1, 15, 16, 17, 100]) {
          const cipher = crypto.createCipheriv(name, key, iv);
          if (mode === 'gcm') cipher.setAAD(Buffer.from('extra'));
          const parts = [cipher.update(bytes(length).subarray(0, 20)), cipher.update(bytes(length).subarray(20)), cipher.final()];
          log(name, parts.map((part) => part.length).join(), Buffer.concat(parts).toString('hex'), mode === 'gcm' ? cipher.getAuthTag().toString('hex') : '');
          const decipher = crypto.createDecipheriv(name, key, iv);
          if (mode === 'gcm') decipher.setAAD(Buffer.from('extra')).setAuthTag(cipher.getAuthTag());
          const text = Buffer.concat(parts);
          const back = [decipher.update(text.subarray(0, 33)), decipher.update(text.subarray(33)), decipher.final()];
          log(name, back.map((part) => part.length).join(), Buffer.concat(back).equals(bytes(length)));
        }
      }
    }
    const odd = crypto.createCipheriv('aes-256-gcm', bytes(32), bytes(16));
    log('nonce', Buffer.concat([odd.update(bytes(10)), odd.update(bytes(30)), odd.final()]).toString('hex'), odd.getAuthTag().toString('hex'));
    const key = bytes(32), iv = bytes(16);
    const stream = crypto.createCipheriv('aes-256-cbc', key, iv);
    stream.write('some '); stream.end('text');
    log('stream', (await collect(stream)).toString('base64'));
    log('text', crypto.createCipheriv('aes-256-cbc', key, iv).update('x'.repeat(40), 'utf8', 'hex'));
    attempt('wrong', () => crypto.createCipheriv('aes-256-xyz', key, iv));
    attempt('wrong', () => crypto.createCipheriv('aes-256-cbc', bytes(5), iv));
    attempt('wrong', () => crypto.createCipheriv('aes-256-cbc', key, bytes(5)));
    attempt('wrong', () => { const d = crypto.createDecipheriv('aes-256-cbc', key, iv); d.update(bytes(16)); d.final(); });
    attempt('wrong', () => { const d = crypto.createDecipheriv('aes-256-cbc', key, iv); d.update(bytes(15)); d.final(); });
    attempt('wrong', () => { const d = crypto.createDecipheriv('aes-256-gcm', key, bytes(12)); d.setAuthTag(bytes(16)); d.update(bytes(15)); d.final(); });
    attempt('wrong', () => { const c = crypto.createCipheriv('aes-256-gcm', key, bytes(12)); c.getAuthTag(); });
    attempt('wrong', () => { const c = crypto.createCipheriv('aes-256-ctr', key, iv); c.final(); c.final(); });
  `);
});

test('keys: PEM, DER, JWK, KeyObject; RSA signatures are the same bytes', async () => {
  await expectSame(`${HEAD}
    const rsa = crypto.createPrivateKey(${JSON.stringify(RSA)});
    const rsaPublic = crypto.createPublicKey(rsa);
    log('rsa', rsa.type, rsa.asymmetricKeyType, rsa.asymmetricKeyDetails.modulusLength, rsa.asymmetricKeyDetails.publicExponent, rsaPublic.type);
    for (const hash of ['sha1', 'sha256', 'RSA-SHA384', 'sha512']) {
      const signature = crypto.createSign(hash).update('some ').update('text').sign(rsa, 'hex');
      log('rsa', hash, signature, crypto.createVerify(hash).update('some text').verify(rsaPublic, signature, 'hex'), crypto.verify(hash, Buffer.from('other'), rsaPublic, Buffer.from(signature, 'hex')));
    }
    const pss = { key: rsa, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    log('rsa', crypto.verify('sha256', Buffer.from('x'), { ...pss, key: rsaPublic }, crypto.sign('sha256', Buffer.from('x'), pss)));
    log('rsa', JSON.stringify(rsa.export({ format: 'jwk' })), rsaPublic.export({ type: 'spki', format: 'pem' }));
    log('rsa', rsa.export({ type: 'pkcs8', format: 'pem' }).trim() === ${JSON.stringify(RSA)}, crypto.createPrivateKey({ key: rsa.export({ format: 'jwk' }), format: 'jwk' }).equals(rsa));
    for (const [type, options] of [['ec', { namedCurve: 'prime256v1' }], ['ec', { namedCurve: 'P-384' }], ['ec', { namedCurve: 'secp521r1' }], ['ed25519', {}], ['x25519', {}]]) {
      const { publicKey, privateKey } = crypto.generateKeyPairSync(type, options);
      log('pair', type, publicKey.asymmetricKeyType, JSON.stringify(publicKey.asymmetricKeyDetails), privateKey.type);
      for (const format of ['pem', 'der']) {
        const spki = publicKey.export({ type: 'spki', format }), pkcs8 = privateKey.export({ type: 'pkcs8', format });
        log('pair', spki.length, pkcs8.length, crypto.createPublicKey(format === 'pem' ? spki : { key: spki, format, type: 'spki' }).equals(publicKey), crypto.createPrivateKey(format === 'pem' ? pkcs8 : { key: pkcs8, format, type: 'pkcs8' }).equals(privateKey));
      }
      log('pair', Object.keys(privateKey.export({ format: 'jwk' })).sort().join());
      if (type !== 'x25519') {
        const hash = type === 'ec' ? 'sha256' : null;
        const signature = crypto.sign(hash, Buffer.from('text'), privateKey);
        log('pair', crypto.verify(hash, Buffer.from('text'), publicKey, signature), crypto.verify(hash, Buffer.from('Text'), publicKey, signature), crypto.verify(hash, Buffer.from('text'), publicKey, Buffer.from('nonsense')));
      }
      if (type !== 'ed25519') {
        const other = crypto.generateKeyPairSync(type, options);
        log('pair', crypto.diffieHellman({ privateKey, publicKey: other.publicKey }).equals(crypto.diffieHellman({ privateKey: other.privateKey, publicKey })));
      }
    }
    const pem = crypto.generateKeyPairSync('ed25519', { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    log('pem', pem.publicKey.split('\\n')[0], pem.privateKey.length);
    const { publicKey } = await promisify(crypto.generateKeyPair)('ec', { namedCurve: 'P-256' });
    log('pem', publicKey.type, String(publicKey));
    const secret = crypto.createSecretKey(bytes(32));
    log('secret', secret.type, secret.symmetricKeySize, secret.export().toString('hex'), JSON.stringify(secret.export({ format: 'jwk' })), crypto.createHmac('sha256', secret).update('x').digest('hex'), crypto.generateKeySync('hmac', { length: 256 }).symmetricKeySize);
    log('hkdf', Buffer.from(crypto.hkdfSync('sha512', 'key', 'salt', 'info', 64)).toString('hex'), Buffer.from(await promisify(crypto.hkdf)('sha256', 'key', '', '', 10)).toString('hex'));
    attempt('wrong', () => crypto.createPrivateKey('nonsense'));
    attempt('wrong', () => crypto.generateKeyPairSync('ec', { namedCurve: 'nope' }));
  `);
});

test('crypto.subtle: results and errors', async () => {
  await expectSame(`${HEAD}
    const { subtle } = globalThis.crypto;
    const shown = async (name, run) => { try { const value = await run(); log(name, value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : JSON.stringify(value)); } catch (error) { log(name, error.name, error.code, error.message); } };
    const data = bytes(100);
    const hmac = await subtle.importKey('raw', bytes(20), { name: 'HMAC', hash: 'SHA-384' }, true, ['sign', 'verify']);
    await shown('hmac', () => subtle.sign('HMAC', hmac, data));
    await shown('hmac', () => subtle.exportKey('jwk', hmac));
    await shown('hmac', () => subtle.exportKey('spki', hmac));
    log('hmac', JSON.stringify(hmac.algorithm), hmac.usages.join(), hmac.type, hmac.extractable);
    for (const name of ['AES-GCM', 'AES-CBC', 'AES-CTR']) {
      const key = await subtle.importKey('raw', bytes(32), name, true, ['encrypt', 'decrypt']);
      const algorithm = { name, iv: bytes(name === 'AES-GCM' ? 12 : 16), counter: bytes(16), length: 64, additionalData: bytes(3) };
      await shown(name, () => subtle.encrypt(algorithm, key, data));
      await shown(name, async () => subtle.decrypt(algorithm, key, await subtle.encrypt(algorithm, key, data)));
      if (name !== 'AES-CTR') await shown(name, () => subtle.decrypt(algorithm, key, bytes(33)));
      await shown(name, () => subtle.exportKey('jwk', key));
    }
    const password = await subtle.importKey('raw', Buffer.from('password'), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
    await shown('pbkdf2', () => subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: bytes(8), iterations: 10 }, password, 256));
    await shown('pbkdf2', async () => subtle.exportKey('raw', await subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt: bytes(8), iterations: 10 }, password, { name: 'AES-GCM', length: 256 }, true, ['encrypt'])));
    const hkdf = await subtle.importKey('raw', bytes(20), 'HKDF', false, ['deriveBits']);
    await shown('hkdf', () => subtle.deriveBits({ name: 'HKDF', hash: 'SHA-512', salt: bytes(4), info: bytes(5) }, hkdf, 512));
    const rsa = crypto.createPrivateKey(${JSON.stringify(RSA)}).export({ type: 'pkcs8', format: 'der' });
    const rsaKey = await subtle.importKey('pkcs8', rsa, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']);
    await shown('rsa', () => subtle.sign('RSASSA-PKCS1-v1_5', rsaKey, data));
    log('rsa', JSON.stringify({ ...rsaKey.algorithm, publicExponent: [...rsaKey.algorithm.publicExponent] }));
    const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    log('ecdsa', pair.privateKey.usages.join(), pair.publicKey.usages.join(), pair.privateKey.extractable, pair.publicKey.extractable);
    const wrapped = await subtle.wrapKey('raw', hmac, await subtle.importKey('raw', bytes(16), 'AES-KW', true, ['wrapKey', 'unwrapKey']), 'AES-KW').catch((error) => error);
    log('wrap', wrapped instanceof ArrayBuffer, wrapped.name);
    await shown('wrong', () => subtle.exportKey('pkcs8', pair.privateKey));
    await shown('wrong', () => subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.publicKey, data));
    await shown('wrong', () => subtle.sign('HMAC', pair.privateKey, data));
    await shown('wrong', () => subtle.importKey('raw', bytes(5), 'AES-GCM', true, ['encrypt']));
    await shown('wrong', () => subtle.importKey('raw', bytes(16), 'AES-GCM', true, ['sign']));
    await shown('wrong', () => subtle.importKey('raw', bytes(16), 'AES-GCM', true, []));
    await shown('wrong', () => subtle.importKey('spki', bytes(16), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']));
    await shown('wrong', () => subtle.generateKey({ name: 'nonsense' }, true, ['sign']));
    attempt('wrong', () => new CryptoKey());
    log('tick', await Promise.race([subtle.digest('SHA-256', data).then(() => 'later'), new Promise((resolve) => process.nextTick(resolve, 'tick'))]));
  `);
});

test("the lab's keys and signatures are read by Node, and Node's by the lab", async () => {
  const make = `${HEAD}
    const out = [];
    for (const [type, options, hash] of [['ec', { namedCurve: 'P-256' }, 'sha256'], ['ec', { namedCurve: 'P-521' }, 'sha512'], ['ed25519', {}, null]]) {
      const { publicKey, privateKey } = crypto.generateKeyPairSync(type, options);
      out.push([publicKey.export({ type: 'spki', format: 'pem' }), privateKey.export({ type: 'pkcs8', format: 'pem' }), hash, crypto.sign(hash, Buffer.from('text'), privateKey).toString('hex')]);
    }
    console.log(JSON.stringify(['out', JSON.stringify(out)]));`;
  const check = (out: string) => `${HEAD}
    for (const [spki, pkcs8, hash, signature] of ${out}) log('check', crypto.verify(hash, Buffer.from('text'), spki, Buffer.from(signature, 'hex')), crypto.createPublicKey(pkcs8).export({ type: 'spki', format: 'pem' }) === spki);`;
  const [node, lab] = await Promise.all([onRealNode(make), inFullLab(make)]);
  const [ofLab, ofNode] = await Promise.all([
    onRealNode(check(lab.seen.out![0]!)),
    inFullLab(check(node.seen.out![0]!)),
  ]);
  const allTrue = { check: Array(3).fill('true true') };
  expect([ofLab.seen, ofNode.seen, ofLab.stderr, ofNode.stderr]).toEqual([allTrue, allTrue, '', '']);
});
