/** jose unmodified, on real Node and in the lab: signed and encrypted tokens, and each reads what the other made. */
import { expect, test } from 'vitest';
import { expectSame, inFullLab, onRealNode } from '../test-same.ts';

test('HS256, ES256, EdDSA: sign, verify, and what is refused', async () => {
  const { jose } = await expectSame(
    `import * as jose from 'jose';
    const secret = new TextEncoder().encode('a secret of thirty-two characters!');
    const es = await jose.generateKeyPair('ES256', { extractable: true });
    const ed = await jose.generateKeyPair('EdDSA', { extractable: true });
    const es384 = await jose.generateKeyPair('ES384', { extractable: true });
    const shown = async (run) => { try { log('jose', JSON.stringify(await run())); } catch (error) { log('jose', error.code, error.name, error.message, error.claim); } };
    for (const [alg, sign, verify] of [['HS256', secret, secret], ['HS512', secret, secret], ['ES256', es.privateKey, es.publicKey], ['ES384', es384.privateKey, es384.publicKey], ['EdDSA', ed.privateKey, ed.publicKey]]) {
      const token = await new jose.SignJWT({ role: 'admin' }).setProtectedHeader({ alg }).setIssuedAt(1700000000).setIssuer('shop').setAudience('web').setSubject('me').setExpirationTime(4000000000).sign(sign);
      log('jose', alg, token.split('.').map((part) => part.length).join());
      if (alg.startsWith('HS')) log('jose', token);
      await shown(async () => (await jose.jwtVerify(token, verify, { issuer: 'shop', audience: 'web' })));
      await shown(() => jose.jwtVerify(token, verify, { issuer: 'other' }));
      await shown(() => jose.jwtVerify(token.slice(0, -6) + (token.at(-6) === 'A' ? 'B' : 'A') + token.slice(-5), verify));
      await shown(() => jose.jwtVerify(token.replace(/^[^.]+/, Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')), verify));
    }
    const old = await new jose.SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(1600000000).sign(secret);
    await shown(() => jose.jwtVerify(old, secret));
    await shown(() => jose.jwtVerify(old, es.publicKey));
    await shown(() => new jose.SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(secret));
    await shown(() => new jose.SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(es.publicKey));
    await shown(() => jose.jwtVerify('nonsense', secret));
    const jwk = await jose.exportJWK(es.publicKey);
    log('jose', jwk.kty, jwk.crv, jwk.x.length, jwk.y.length, jwk.d);
    const privateJwk = await jose.exportJWK(ed.privateKey);
    log('jose', privateJwk.kty, privateJwk.crv, privateJwk.x.length, privateJwk.d.length, Object.keys(privateJwk).sort().join());
    const set = jose.createLocalJWKSet({ keys: [{ ...jwk, kid: 'one', alg: 'ES256' }, { ...(await jose.exportJWK(ed.publicKey)), kid: 'two' }] });
    const byKid = await new jose.SignJWT({ x: 1 }).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(es.privateKey);
    await shown(async () => (await jose.jwtVerify(byKid, set)).payload);
    await shown(async () => jose.jwtVerify(await new jose.SignJWT({ x: 1 }).setProtectedHeader({ alg: 'ES256', kid: 'three' }).sign(es.privateKey), set));
    const spki = await jose.exportSPKI(es.publicKey);
    const pkcs8 = await jose.exportPKCS8(es.privateKey);
    log('jose', spki.split('\\n')[0], spki.length, pkcs8.split('\\n')[0], pkcs8.length);
    const again = await jose.importPKCS8(pkcs8, 'ES256');
    const token = await new jose.SignJWT({ again: true }).setProtectedHeader({ alg: 'ES256' }).sign(again);
    await shown(async () => (await jose.jwtVerify(token, await jose.importSPKI(spki, 'ES256'))).payload);
    log('jose', await jose.calculateJwkThumbprint({ kty: 'oct', k: 'c2VjcmV0' }));
    log('jose', es.privateKey.type, es.privateKey.extractable, JSON.stringify(es.privateKey.algorithm), es.privateKey.usages.join(), ed.publicKey.usages.join(), String(es.publicKey));
  `,
    ['jose'],
  );
  expect(jose!.some((line) => line.includes('ERR_JWS_SIGNATURE_VERIFICATION_FAILED'))).toBe(true);
});

test('encrypted tokens: A256GCM, A128CBC-HS256, key wrap, ECDH-ES and passwords', async () => {
  await expectSame(
    `import * as jose from 'jose';
    const key = new Uint8Array(32).map((_, i) => i);
    const ec = await jose.generateKeyPair('ECDH-ES', { extractable: true });
    for (const [alg, enc, to, from] of [['dir', 'A256GCM', key, key], ['dir', 'A128CBC-HS256', key, key], ['A256KW', 'A128GCM', key, key], ['A256GCMKW', 'A256GCM', key, key], ['ECDH-ES', 'A256GCM', ec.publicKey, ec.privateKey], ['ECDH-ES+A128KW', 'A256CBC-HS512', ec.publicKey, ec.privateKey], ['PBES2-HS256+A128KW', 'A128GCM', new TextEncoder().encode('password'), new TextEncoder().encode('password')]]) {
      const token = await new jose.EncryptJWT({ secret: 'thing' }).setProtectedHeader({ alg, enc }).encrypt(to);
      const back = await jose.jwtDecrypt(token, from, { keyManagementAlgorithms: [alg], maxPBES2Count: 100000 });
      log('jose', alg, enc, JSON.stringify(back.payload), token.split('.').map((part) => part.length > 0).join());
      const [head, encrypted, iv, text, tag] = token.split('.');
      await jose.jwtDecrypt([head, encrypted, iv, text, (tag[0] === 'A' ? 'B' : 'A') + tag.slice(1)].join('.'), from, { keyManagementAlgorithms: [alg], maxPBES2Count: 100000 }).catch((error) => log('jose', error.code, error.message));
    }
  `,
    ['jose'],
  );
});

test("the lab's signatures are verified by Node, and Node's by the lab", async () => {
  const made = (code: string) => `import * as jose from 'jose';
    const keys = {};
    for (const alg of ['ES256', 'ES384', 'ES512', 'EdDSA']) {
      const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
      keys[alg] = [await jose.exportJWK(publicKey), await new jose.SignJWT({ alg }).setProtectedHeader({ alg }).sign(privateKey)];
    }
    ${code}`;
  const dump = `console.log(JSON.stringify(['keys', JSON.stringify(keys)]));`;
  const [node, lab] = await Promise.all([onRealNode(made(dump)), inFullLab(made(dump), ['jose'])]);
  const check = (keys: string) => `import * as jose from 'jose';
    for (const [alg, [jwk, token]] of Object.entries(${keys})) log('verified', alg, (await jose.jwtVerify(token, await jose.importJWK(jwk, alg))).payload.alg);`;
  const [ofLab, ofNode] = await Promise.all([
    onRealNode(check(lab.seen.keys![0]!)),
    inFullLab(check(node.seen.keys![0]!), ['jose']),
  ]);
  expect([ofLab.stderr, ofNode.stderr]).toEqual(['', '']);
  expect(ofLab.seen.verified).toEqual(['ES256 ES256', 'ES384 ES384', 'ES512 ES512', 'EdDSA EdDSA']);
  expect(ofNode.seen).toEqual(ofLab.seen);
});
