// A real OpenID provider on a free port of this computer, for tests/it/people/sign_in.rs.
//
//   node provider.mjs CALLBACK SIGNED_OUT
//
// Prints its issuer on the first line and ends with its standard input. Whoever signs in is who the
// login name says: tenant.role.team, in the provider's own words; any password will do.
// POST /test/rotate replaces the signing key and forgets everything.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const [callback, signedOut] = process.argv.slice(2);

// Development interactions of the provider warn on standard error; results go to standard output.
console.info = console.error;
console.warn = console.error;

function key() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomBytes(8).toString('hex');
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid };
}

// Claims as a municipality's directory has them, which the configuration translates.
const roles = { nurse: 'sygeplejerske', lead: 'teamleder', citizen: 'borger', odd: 'pedel' };

function account(_, id) {
  const [tenant, role, team] = id.split('.');
  const claims = { sub: id, name: `Name of ${id}`, cvr: `cvr-${tenant}`, titles: [roles[role]] };
  if (role === 'citizen') claims.citizen = team;
  else if (team) claims.team = team;
  return { accountId: id, claims: () => claims };
}

const client = {
  redirect_uris: [callback],
  post_logout_redirect_uris: [signedOut],
  response_types: ['code'],
  grant_types: ['authorization_code'],
  id_token_signed_response_alg: 'ES256',
};

function start(issuer) {
  const provider = new Provider(issuer, {
    clients: [{ ...client, client_id: 'pulsvagt', client_secret: 'a secret with : + and %41' }],
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'cvr', 'titles', 'team', 'citizen'],
    },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: account,
    jwks: { keys: [key()] },
    pkce: { required: () => true, methods: ['S256'] },
    ttl: { IdToken: 120, AccessToken: 120, AuthorizationCode: 60, Session: 600, Grant: 600, Interaction: 600 },
  });
  return provider.callback();
}

let answer;
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/test/rotate') {
    answer = start(issuer);
    response.end('rotated');
  } else {
    answer(request, response);
  }
});
let issuer;
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  answer = start(issuer);
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
