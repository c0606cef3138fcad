using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Netflux.Io;

/// <summary>Files that nobody but their owner may read: mode 600 on Unix, an access list of one on Windows.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>Opens or creates; a file that is created is the owner's alone from its first moment on.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        if (OperatingSystem.IsWindows()) return OpenOnWindows(path, mode);
        return new FileStream(path, new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = Mode });
    }

    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, Mode | UnixFileMode.UserExecute);
    }

    /// <summary>Whether others than the owner may read or change the file; <paramref name="cure"/> is the command that changes it.</summary>
    public static bool IsOpenToOthers(FileStream file, out string cure)
    {
        if (OperatingSystem.IsWindows())
        {
            cure = $"icacls \"{file.Name}\" /inheritance:r /grant:r \"%USERNAME%:F\"";
            return IsOpenToOthersOnWindows(file);
        }
        cure = $"chmod 600 {(file.Name.Contains(' ', StringComparison.Ordinal) ? $"'{file.Name}'" : file.Name)}";
        return (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0;
    }

    [SupportedOSPlatform("windows")]
    private static FileStream OpenOnWindows(string path, FileMode mode)
    {
        // Without WRITE_DAC afterwards: an existing file keeps its access list and is judged by it.
        var security = new FileSecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        using var me = WindowsIdentity.GetCurrent();
        security.AddAccessRule(new FileSystemAccessRule(me.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        return new FileInfo(path).Create(mode, FileSystemRights.Read | FileSystemRights.Write, FileShare.None, 4096, FileOptions.None, security);
    }

    [SupportedOSPlatform("windows")]
    private static bool IsOpenToOthersOnWindows(FileStream file)
    {
        using var me = WindowsIdentity.GetCurrent();
        var system = new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null);
        var administrators = new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null);
        foreach (FileSystemAccessRule rule in file.GetAccessControl().GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier)))
            if (rule.AccessControlType == AccessControlType.Allow && !rule.IdentityReference.Equals(me.User) && !rule.IdentityReference.Equals(system) && !rule.IdentityReference.Equals(administrators)) return true;
        return false;
    }
}
