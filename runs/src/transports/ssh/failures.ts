/** What an ended ssh meant: exit status 255 stands for everything, so its words decide. */
import { LinkError, type LinkState } from '../../link';
import { type MessageKey } from '../../messages';
import { type SessionFailure } from '../remote/session';

type Trouble = Exclude<LinkState, 'connected'>;

/** In this order: what comes first wins where several words are found. */
const signs: readonly [RegExp, Trouble, MessageKey][] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|DNS SPOOFING DETECTED|REVOKED HOST KEY/i, 'hostkey_changed', 'link.hostkey_changed'],
  [/Host key verification failed|No \S+ host key is known|authenticity of host .* can't be established/i, 'auth_needed', 'link.hostkey_unknown'],
  [/Could not resolve hostname|Name or service not known|nodename nor servname|No such host is known|Temporary failure in name resolution/i, 'offline', 'link.unresolved'],
  [/Connection refused/i, 'offline', 'link.refused'],
  [/No route to host|Network is unreachable|Host is down/i, 'offline', 'link.unreachable'],
  [/(?:Connection|Operation) timed out|timed out during banner|Connection to .* timed out/i, 'offline', 'link.timeout'],
  [/Bad configuration option|Bad owner or permissions on|terminating, \d+ bad configuration|no argument after keyword|Can't open user config/i, 'auth_needed', 'link.bad_config'],
  [/no matching (?:host key type|key exchange|cipher|MAC)|no mutual signature/i, 'auth_needed', 'link.no_common_method'],
  [/Permission denied|Too many authentication failures|No supported authentication|Authentication failed|(?:password|keyboard-interactive).*denied/i, 'auth_needed', 'link.auth'],
  [/This account is (?:currently )?not available|account is locked|account has expired|no login|nologin/i, 'auth_needed', 'link.no_account'],
  [/Connection reset|Broken pipe|closed by remote host|Connection closed|not responding|kex_exchange_identification|banner exchange|mux_client|Control socket|packet_write_wait|send disconnect/i, 'reconnecting', 'link.broken'],
]; // prettier-ignore

/** The line of `stderr` that says most, without control characters, for showing. */
function tellingLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.replace(/[^\p{L}\p{N}\p{P}\p{S}\p{Zs}]/gu, '').trim()).filter(Boolean); // prettier-ignore
  const sign = lines.findLast((line) => signs.some(([form]) => form.test(line)));
  return (sign ?? lines.at(-1) ?? '').slice(0, 300);
}

/** The failure of a session with `host`, in words that say what to do; `login` is how to log in by hand and share that connection. */
export function classify(host: string, failure: SessionFailure, login = `ssh ${host}`): LinkError {
  switch (failure.why) {
    case 'no_program':
      return new LinkError('auth_needed', 'link.no_ssh', { program: failure.program });
    case 'too_much':
      return new LinkError('auth_needed', 'link.too_much', { host });
    case 'timeout':
      if (failure.ready) return new LinkError('reconnecting', 'link.silent', { host });
      return failure.noise > 0
        ? new LinkError('auth_needed', 'link.rc_hangs', { host })
        : new LinkError('offline', 'link.timeout', { host, detail: '' });
    case 'closed': {
      const { code, stderr, ready } = failure;
      const detail = tellingLine(stderr);
      // once the shell has answered, whatever ends it is the connection
      if (ready) return new LinkError('reconnecting', 'link.broken', { host, detail });
      if (code !== 255 && code !== null) return new LinkError('auth_needed', 'link.no_shell', { host, code: String(code), detail });
      for (const [form, link, key] of signs)
        if (form.test(stderr)) return new LinkError(link, key, { host, detail, login, fingerprint: '' });
      return new LinkError('reconnecting', 'link.broken', { host, detail });
    }
  }
}
