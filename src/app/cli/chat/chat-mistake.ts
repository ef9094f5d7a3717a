// A refusal of the chat's own, with a sentence for whoever typed. What the server refuses are
// `PaperclipError`s; mistakes of this program are neither.

export class ChatMistake extends Error {
  override readonly name = 'ChatMistake';
  readonly code: 'USAGE' | 'NOT_DONE';

  constructor(message: string, code: ChatMistake['code'] = 'NOT_DONE') {
    super(message);
    this.code = code;
  }
}
