// The messages of Netflux.Actors/Wire/netflux.proto and signaling.proto, field for field. A test compares the tables with those files.

import { bool, bytes, int64, message, nested, oneof, repeated, string, uint32, uint64 } from '../protobuf.js';

// ---- Records ----

export const SignedRecord = message({ body: bytes(1), signingKey: bytes(2), signature: bytes(3) });
export const GenesisBody = message({ version: uint32(1), topologyJson: string(2), nonce: bytes(3), createdAtMs: int64(4) });
export const AdmissionBody = message({ network: bytes(1), member: bytes(2), rights: uint32(3), issuedAtMs: int64(4), expiresAtMs: int64(5), issuerAdmission: bytes(6), ticket: bytes(7) });
export const TicketBody = message({
  network: bytes(1), holder: bytes(2), rights: uint32(3), issuedAtMs: int64(4), expiresAtMs: int64(5), uses: uint32(6), serial: bytes(7), secretHash: bytes(8), redeemer: bytes(9),
  issuerAdmission: bytes(10), trackerRootHash: bytes(11),
});
export const TicketText = message({ ticket: bytes(1), secret: bytes(2), trackerRoot: bytes(3) });
export const MemberBody = message({
  network: bytes(1), card: bytes(2), incarnation: uint64(3), version: uint32(4), displayName: string(5), admission: bytes(6), addresses: repeated(string(7)), relays: bool(8),
});
export const TrickledCandidates = message({ lines: repeated(string(1)), last: bool(2) });
export const ConnectionSignal = message({ connection: bytes(1), ...oneof('say', { offer: string(2), answer: string(3), candidates: nested(4, TrickledCandidates) }) });
export const IntroductionBody = message({
  to: bytes(1), network: bytes(2), meetingKey: string(3), incarnation: uint64(4), displayName: string(5), card: bytes(6), admission: bytes(7), addresses: repeated(string(8)),
  answerWanted: bool(9), pleaseDial: bool(10), sentAtMs: int64(11), nonce: bytes(12), signal: nested(13, ConnectionSignal),
});
export const InvitationBody = message({ genesis: bytes(1), admission: bytes(2), name: string(3), server: string(4), tracked: bool(5) });
export const KeptInvitationBody = message({ through: bytes(1), to: bytes(2), id: bytes(3), member: bytes(4), invitation: bytes(5), sentAtMs: int64(6), untilMs: int64(7) });
export const ApprovalRequestBody = message({ network: bytes(1), displayName: string(2), text: string(3), askedAtMs: int64(4) });
export const RemovalBody = message({ network: bytes(1), member: bytes(2), atMs: int64(3) });
export const TrackerRootBody = message({ network: bytes(1), epoch: uint64(2), root: bytes(3), previousRoot: bytes(4), members: uint32(5), atMs: int64(6) });

// ---- Handshake ----

export const Hello = message({
  versionMin: uint32(1), versionMax: uint32(2), card: bytes(3), incarnation: uint64(4), nonce: bytes(5), ephemeralKey: bytes(6), features: uint64(7), displayName: string(8), authority: string(9),
});
export const Proof = message({ signature: bytes(1) });
export const Close = message({ code: uint32(1), text: string(2), seenIncarnation: uint64(3) });

// ---- Session ----

export const Resume = message({ sessionId: bytes(1), receivedUpTo: uint64(2), birth: uint64(3) });
export const Attach = message({ channel: uint32(1), network: bytes(2), epoch: uint32(3), member: bytes(4), windowBytes: uint64(5) });
export const AttachRefused = message({ network: bytes(1), code: uint32(2) });
export const Detach = message({ network: bytes(1), reason: uint32(2) });
export const Credit = message({ channel: uint32(1), messagesConsumed: uint64(2), costConsumed: uint64(3) });
export const MessageGrant = message({ channel: uint32(1), message: uint64(2) });
export const JoinRequestFrame = message({ id: uint64(1), invitation: bytes(2) });
export const JoinAnswerFrame = message({ id: uint64(1), answer: uint32(2), why: string(3) });
export const SessionEnd = message({ reason: uint32(1) });
export const RefusedFrame = message({ kind: uint32(1) });

// ---- Between members ----

export const MemberList = message({ members: repeated(bytes(1)), whole: bool(2) });
export const MemberDigest = message({ hash: bytes(2) });
export const IntroductionCarried = message({ from: bytes(1), to: bytes(2), sealed: bytes(3) });
export const NextEpoch = message({ hasMoved: bool(1) });
export const MemberControl = message(oneof('control', { list: nested(1, MemberList), digest: nested(2, MemberDigest), introduction: nested(3, IntroductionCarried), nextEpoch: nested(4, NextEpoch) }));
export const GraphLinks = message({ links: bytes(1) });
export const GraphFrame = message({ path: bytes(1), place: uint32(2), number: uint32(3), links: nested(4, GraphLinks) });

// ---- Signaling ----

export const MemberOnline = message({ card: bytes(1), incarnation: uint64(2), displayName: string(3) });
export const ServerHello = message({ versionMin: uint32(1), versionMax: uint32(2), nonce: bytes(3), tracks: bool(4), leaseMs: uint32(5), messageBytesMax: uint32(6) });
export const ClientHello = message({ version: uint32(1), card: bytes(2), incarnation: uint64(3), displayName: string(4), authority: string(5), signature: bytes(6) });
export const Welcome = message({ seenIncarnation: uint64(1), newerOnline: bool(2), others: repeated(string(3)) });
export const OpenDoor = message({ door: string(1), genesis: bytes(2), mode: uint32(3), track: bool(4), ticket: bytes(5), ticketSecret: bytes(6) });
export const DoorOpened = message({ genesis: bytes(1), members: repeated(nested(2, MemberOnline)), created: bool(3), name: string(4), tracked: bool(5), admission: bytes(6), root: bytes(7) });
export const CloseDoor = message({ network: bytes(1) });
export const PutMember = message({ network: bytes(1), record: bytes(2) });
export const RemoveMember = message({ network: bytes(1), peer: bytes(2), record: bytes(3) });
export const ListTracked = message({ network: bytes(1), after: bytes(2), only: bytes(3) });
export const TrackedMember = message({ record: bytes(1), sinceMs: uint64(2), seenMs: uint64(3), onlineSinceMs: uint64(4) });
export const TrackedListed = message({ members: repeated(nested(1, TrackedMember)), more: bool(2), root: bytes(3), removals: repeated(bytes(4)) });
export const ListNetworks = message({ after: string(1) });
export const NetworkListed = message({ genesis: bytes(1), name: string(2), members: uint32(3), online: uint32(4) });
export const NetworksListed = message({ networks: repeated(nested(1, NetworkListed)), more: bool(2), last: string(3) });
export const KeepInvitation = message({ network: bytes(1), id: bytes(2), to: bytes(3), untilMs: uint64(4), sealed: bytes(5) });
export const EndInvitation = message({ network: bytes(1), id: bytes(2) });
export const NextInvitation = message({ network: bytes(1), after: bytes(2) });
export const Invited = message({ network: bytes(1), id: bytes(2), from: bytes(3), sealed: bytes(4) });
export const AskApproval = message({ network: bytes(1), record: bytes(2) });
export const NextApproval = message({ network: bytes(1), after: bytes(2) });
export const ApprovalWaits = message({ network: bytes(1), record: bytes(2) });
export const DecideApproval = message({ network: bytes(1), peer: bytes(2), admission: bytes(3), why: string(4) });
export const ApprovalDecided = message({ network: bytes(1), admission: bytes(2), why: string(3) });
export const WithdrawApproval = message({ network: bytes(1) });
export const ListMembers = message({ network: bytes(1) });
export const MembersOnline = message({ members: repeated(nested(1, MemberOnline)) });
export const WaitAtMeetingPoint = message({ key: string(1) });
export const LeaveMeetingPoint = message({ key: string(1) });
export const Met = message({ key: string(1), other: nested(2, MemberOnline), first: bool(3) });
export const Introduce = message({ to: bytes(1), room: string(2), sealed: bytes(3) });
export const Introduced = message({ from: bytes(1), room: string(2), sealed: bytes(3) });
export const RenewLeases = message({ networks: repeated(bytes(1)) });
export const Renewed = message({ unknown: repeated(bytes(1)), others: repeated(string(2)), roots: repeated(bytes(3)) });
export const Done = message({});
export const RefusedByServer = message({ code: uint32(1), text: string(2), retryAfterMs: uint32(3) });
export const GoElsewhere = message({ server: string(1) });

export const ToServer = message({
  request: uint64(1),
  ...oneof('say', {
    hello: nested(2, ClientHello), openDoor: nested(3, OpenDoor), closeDoor: nested(4, CloseDoor), meet: nested(5, WaitAtMeetingPoint), leaveMeeting: nested(6, LeaveMeetingPoint),
    introduce: nested(7, Introduce), renew: nested(8, RenewLeases), listMembers: nested(9, ListMembers),
    putMember: nested(10, PutMember), listTracked: nested(11, ListTracked), removeMember: nested(12, RemoveMember), listNetworks: nested(13, ListNetworks),
    keepInvitation: nested(14, KeepInvitation), endInvitation: nested(15, EndInvitation), nextInvitation: nested(16, NextInvitation),
    askApproval: nested(17, AskApproval), nextApproval: nested(18, NextApproval), decideApproval: nested(19, DecideApproval), withdrawApproval: nested(20, WithdrawApproval),
  }),
});
export const ToClient = message({
  request: uint64(1),
  ...oneof('say', {
    hello: nested(2, ServerHello), welcome: nested(3, Welcome), doorOpened: nested(4, DoorOpened), done: nested(5, Done), met: nested(6, Met), introduced: nested(7, Introduced),
    renewed: nested(8, Renewed), membersOnline: nested(9, MembersOnline), refused: nested(10, RefusedByServer), goElsewhere: nested(11, GoElsewhere),
    trackedListed: nested(12, TrackedListed), networksListed: nested(13, NetworksListed), invited: nested(14, Invited),
    approvalWaits: nested(15, ApprovalWaits), approvalDecided: nested(16, ApprovalDecided),
  }),
});
