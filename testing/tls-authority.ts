/** One certificate maker for the tests of every package that needs a real TLS server. */
export {
  createTlsAuthority,
  type TlsAuthority,
} from "../examples/astropiks/src/tls/tls-authority.ts";
