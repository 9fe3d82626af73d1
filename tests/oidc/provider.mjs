// A real OpenID Connect provider on loopback, for the tests. It says where it is, reads a line with the address to which it
// sends browsers back, says that it is ready, and ends with its standard input. Whoever signs in is taken at the word: the
// login is the e-mail address, verified unless it begins with "unverified"; of one that begins with "unsaid" it does not say,
// as Entra does not.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const server = createServer();
const lines = createInterface({ input: process.stdin });
server.listen(0, '127.0.0.1', () => {
  console.log(issuer());
});
lines.once('line', (redirectUri) => {
  const provider = new Provider(issuer(), {
    clients: [{
      client_id: 'roadbook',
      client_secret: 'a secret of the tests',
      redirect_uris: [redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    // With PROFILE_IN=id_token the address stands in the ID token, else only in the provider's list of claims.
    conformIdTokenClaims: process.env.PROFILE_IN !== 'id_token',
    cookies: { keys: ['the cookies of a test'] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        email: id,
        ...(id.startsWith('unsaid') ? {} : { email_verified: !id.startsWith('unverified') }),
      }),
    }),
  });
  server.on('request', provider.callback());
  console.log('ready');
});
lines.on('close', () => process.exit(0));

function issuer() {
  return `http://127.0.0.1:${server.address().port}`;
}
