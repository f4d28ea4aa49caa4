/** Whether a value has to be kept out of sight: by its name, or because it is an address with a password in it. */
export function isSecret(name: string, value: string): boolean {
  const isNamedSo = /PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(?:^|_)KEY$/i.test(name);
  return isNamedSo || /^\w[\w+.-]*:\/\/[^/@\s]+:[^/@\s]+@/.test(value);
}
