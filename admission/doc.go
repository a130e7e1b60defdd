// Package admission decides whether a code may pass a gate now. It is the one
// engine behind the server, the offline gate and the rehearsal of new rules: it
// does no I/O and reads no clock, so the same facts always give the same answer.
//
// The checks run in the order of this table and the first that fails is the
// answer. Going in, the outcome is the table's; going out, whatever would refuse
// refers instead, because an exit never locks.
//
//	 1 not a code of ours                    unknown_code                   refuse
//	   a plate that opens nothing            unknown_plate                  refuse
//	 2 it names another community            wrong_community                refuse
//	 3 key unknown and the bundle too old    gate_stale                     the gate's fallback
//	 4 signature                             bad_signature                  refuse
//	 5 window older than now − 1             expired                        refuse
//	 6 window in the future                  clock_skew                     refer
//	 7 pass withdrawn or known not to exist  revoked                        refuse
//	 8 restriction                           restricted                     refuse
//	 9 pass dates, a card's last day         not_yet_valid, pass_expired    refuse
//	10 visit not approved yet                approval_pending               refuse
//	11 gate or hours                         wrong_gate, outside_hours      refuse
//	12 emergency: colour                     health_red                     refuse
//	   emergency: report, temperature        health_report_due, temperature_high  refer
//	13 quota                                 quota_reached                  refuse
//	14 this code already used here           used                           refuse
//	15 in twice without out                  passback                       refer or refuse
//	16 none of these                         ok                             admit
//	 – by a guard's hand                     manual                         admit
//
// Where the table leaves room, this is what the engine does:
//
//   - Row 2 reads the community number of the code before its signature is
//     looked at: a gate holds no key of its neighbours, and the answer tells a
//     forger nothing that he did not write himself.
//   - Row 3 with an unknown key: nothing in the code can be believed, so it opens
//     no gate. Closed refuses, ask_guard refers, residents_only refers a code that
//     claims to be a resident's and refuses every other kind. With a bundle that is
//     fresh an unknown key cannot be one of ours: bad_signature.
//   - Row 3 with a known key: the code is genuine, but the bundle is too old to
//     vouch that the pass was not withdrawn since. What rows 7 to 15 found is then
//     only ever made stricter: closed refuses, ask_guard refers, residents_only
//     leaves residents as they were found and refuses the others. When it was as
//     strict already, its own reason stands.
//   - Cards (format 2) carry a day in place of a window, so rows 5 and 6 do not
//     apply to them. Their use is keyed by the window in which they are shown, so
//     that showing one twice within a window is used; the number of times a day is
//     bounded by the card quota.
//   - Codes that a phone signs (format 3) are no codes of ours, row 1, where the rules
//     do not allow them. Row 4 is both signatures. Row 5 also refuses a window that the
//     strip does not cover, row 7 a phone in whose place another one stands. Otherwise
//     they are judged as rotating codes are, and share their uses: the window is that
//     of the phone's clock.
//   - Row 12 is judged only while the rules are in emergency, which ends by itself
//     at its end date.
//   - Row 13 counts admissions per direction and perimeter of the community's day.
//     A pass with a quota of two may come in twice and go out twice.
//   - Row 15 is for direction in only.
package admission
