package handler

// RosterSentence is rosterSentence, for tests.
var RosterSentence = rosterSentence
