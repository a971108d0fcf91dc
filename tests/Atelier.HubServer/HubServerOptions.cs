namespace Atelier.Testing;

/// <summary>How the server behaves. Everything but <see cref="UsesHttps"/> may be changed while it runs.</summary>
public sealed class HubServerOptions
{
    /// <summary>Whether both origins speak HTTPS, with a certificate that nobody trusts.</summary>
    /// <value>Default: false.</value>
    public bool UsesHttps { get; init; }

    /// <summary>The origin that bodies and <c>Link</c> headers claim, as <c>https://huggingface.co</c> for a hub behind a mirror; null for the server's own.</summary>
    /// <value>Default: null.</value>
    public string? ClaimedOrigin { get; set; }

    /// <summary>Entries on a page of a listing.</summary>
    /// <value>Default: 1000.</value>
    public int TreePageSize { get; set; } = 1000;

    /// <summary>Entries on a page of commits, and of a listing with them.</summary>
    /// <value>Default: 50.</value>
    public int CommitPageSize { get; set; } = 50;

    /// <summary>How long a signed URL is valid.</summary>
    /// <value>Default: one hour.</value>
    public TimeSpan SignedUrlLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How much of a signed URL a careless client would rewrite.</summary>
    /// <value>Default: <see cref="SignedUrlStyle.Encoded"/>.</value>
    public SignedUrlStyle SignedUrlStyle { get; set; } = SignedUrlStyle.Encoded;

    /// <summary>Whether regular files of private models come as a direct 200, without the redirect on the hub itself.</summary>
    /// <value>Default: false.</value>
    public bool AnswersPrivateFilesDirectly { get; set; }

    /// <summary>Whether the delivery network compresses texts for clients that accept it, as the real one does.</summary>
    /// <value>Default: true.</value>
    public bool CompressesTexts { get; set; } = true;

    /// <summary>Whether a missing or private model is told with the code <c>RepoNotFound</c> to those who are not logged in, and not by its message alone.</summary>
    /// <value>Default: true.</value>
    public bool SendsMissingModelCode { get; set; } = true;

    /// <summary>Whether <c>auth-check</c> is answered; without it, 404 without a code.</summary>
    /// <value>Default: true.</value>
    public bool HasAuthCheck { get; set; } = true;

    /// <summary>Whether the hub stops an LFS object's commit that was not verified.</summary>
    /// <value>Default: true.</value>
    public bool RequiresVerification { get; set; } = true;

    /// <summary>Whether uploads are verified at the storage's origin, where no token may come.</summary>
    /// <value>Default: false.</value>
    public bool VerifiesAtStorage { get; set; }

    /// <summary>From which size on an upload is offered in parts.</summary>
    /// <value>Default: 32 MiB.</value>
    public long MultipartThreshold { get; set; } = 32 * 1024 * 1024;

    /// <summary>The size of an upload's parts.</summary>
    /// <value>Default: 16,000,000 bytes.</value>
    public long ChunkSize { get; set; } = 16_000_000;

    /// <summary>From which size on a file is an LFS file whatever it is.</summary>
    /// <value>Default: 10 MiB.</value>
    public long LargeFileThreshold { get; set; } = 10 * 1024 * 1024;

    /// <summary>Whether uploads to storage are hashed and dropped, so that huge ones need no disk; they cannot be read back then.</summary>
    /// <value>Default: false.</value>
    public bool DropsUploadedContent { get; set; }

    /// <summary>Texts of <c>X-HF-Warning</c> on every answer of the hub, as <c>topic; text</c>.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> Warnings { get; set; } = [];
}
