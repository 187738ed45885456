// A real OpenID provider on a free port of this computer, for tests/it/people/sign_in.rs.
//
//   node provider.mjs CALLBACK SIGNED_OUT [CLIENT]
//
// Prints its issuer on the first line and ends with its standard input. Whoever signs in is who the
// login name says: tenant.role.team, in the provider's own words; any password will do. CLIENT is JSON: more of what the client is registered with.
// POST /test/rotate replaces the signing key and forgets everything. POST /test/swap has the token
// endpoint give another access token than the ID token was made with. GET /test/logouts lists the
// logout tokens that the client would have been sent since.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider from 'oidc-provider';

const [callback, signedOut, more] = process.argv.slice(2);
const registered = JSON.parse(more ?? '{}');
const logouts = [];
let swapping = false;

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
    clients: [{
      ...client,
      client_id: 'pulsvagt',
      client_secret: registered.jwks ? undefined : 'a secret with : + and %41',
      backchannel_logout_uri: `${issuer}/test/logout`,
      backchannel_logout_session_required: true,
      ...registered,
    }],
    ...(registered.token_endpoint_auth_method
      ? { clientAuthMethods: [registered.token_endpoint_auth_method] } : {}),
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: {
      openid: ['sub'],
      profile: ['name', 'cvr', 'titles', 'team', 'citizen'],
    },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true } },
    findAccount: account,
    jwks: { keys: [key()] },
    pkce: { required: () => true, methods: ['S256'] },
    ttl: { IdToken: 120, AccessToken: 120, AuthorizationCode: 60, Session: 600, Grant: 600, Interaction: 600 },
  });
  return provider.callback();
}

// Another access token than the one whose hash is in the ID token.
function swap(response) {
  const end = response.end.bind(response);
  response.end = (body, ...rest) => {
    const tokens = JSON.parse(body);
    tokens.access_token = `${tokens.access_token}x`;
    const text = JSON.stringify(tokens);
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text, ...rest);
  };
}

let answer;
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/test/rotate') {
    answer = start(issuer);
    response.end('rotated');
  } else if (request.method === 'POST' && request.url === '/test/swap') {
    swapping = true;
    response.end('swapped');
  } else if (request.method === 'POST' && request.url === '/test/logout') {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => { logouts.push(body); response.end(); });
  } else if (request.url === '/test/logouts') {
    response.end(JSON.stringify(logouts));
  } else {
    if (swapping && request.url.startsWith('/token')) swap(response);
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
